import { closestName } from "../closest-name.js";
import { UserError } from "../errors.js";

/** What `--attack_opt name=value` may set. */
interface AttackOption {
  readonly default: number | string;
  readonly help: string;
  /** count: a positive whole number; positive: a number above 0; share: one that is at most 1, too; path: a file or folder; else one of these words. */
  readonly accepts: "count" | "positive" | "share" | "positive or auto" | "path" | readonly string[];
}
export type OptionTable = Readonly<Record<string, AttackOption>>;

export const count = (value: number, help: string) => ({ default: value, help, accepts: "count" }) as const;
export const positive = (value: number, help: string) =>
  ({ default: value, help, accepts: "positive" }) as const;
export const share = (value: number, help: string) => ({ default: value, help, accepts: "share" }) as const;
export const positiveOrAuto = (help: string) =>
  ({ default: "auto", help, accepts: "positive or auto" }) as const;
export const path = (help: string) => ({ default: "", help, accepts: "path" }) as const;
/** The first word is the default. */
export const choice = <const W extends readonly [string, ...string[]]>(words: W, help: string) =>
  ({ default: words[0], help, accepts: words }) as const;

type ValueOf<O extends AttackOption> = O["accepts"] extends readonly (infer Word)[]
  ? Word
  : O["accepts"] extends "positive or auto"
    ? number | "auto"
    : O["default"] extends number
      ? number
      : string;
/** The values of a table's options. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** Values of `--attack_opt` as typed, numbers read as numbers. */
export type GivenOptions = Readonly<Record<string, string | number>>;

/** What is wrong with options given for an attack. @param attack its name, for the messages */
export function optionProblems(
  attack: string,
  table: OptionTable,
  given: GivenOptions,
): { what: string; hint: string }[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (!Object.hasOwn(table, name)) {
      const known = Object.entries(table).map(([key, option]) => `${key}=${option.default}`);
      const close = closestName(name, Object.keys(table));
      return {
        what: `--attack_opt ${name}: the attack "${attack}" has no such option.`,
        hint: `${close === undefined ? "" : `Did you mean ${close}? `}It has (with their defaults): ${known.join(", ")}.`,
      };
    }
    const { accepts, default: standard } = table[name];
    if (isAccepted(accepts, value)) return [];
    return {
      what: `--attack_opt ${name}=${value}: not ${describe(accepts)}.`,
      hint: standard === "" ? "Give a path." : `Try ${name}=${standard}.`,
    };
  });
}

function isAccepted(accepts: AttackOption["accepts"], value: string | number): boolean {
  if (accepts === "path") return true;
  if (accepts === "count") return typeof value === "number" && Number.isInteger(value) && value > 0;
  if (accepts === "share") return typeof value === "number" && value > 0 && value <= 1;
  if (accepts === "positive or auto" && value === "auto") return true;
  if (accepts === "positive" || accepts === "positive or auto") return typeof value === "number" && value > 0;
  return accepts.includes(String(value));
}

const descriptions = {
  count: "a positive whole number",
  positive: "a positive number",
  share: "a number above 0, at most 1",
  "positive or auto": 'a positive number or "auto"',
  path: "a path",
};
const describe = (accepts: AttackOption["accepts"]): string =>
  typeof accepts === "string" ? descriptions[accepts] : `one of ${accepts.join(", ")}`;

/**
 * The attack's constants with the given changes.
 * @throws UserError for a name the attack does not have, or a value that it does not take
 */
export function readOptions<T extends OptionTable>(
  attack: string,
  table: T,
  given: GivenOptions,
): OptionsOf<T> {
  const [problem] = optionProblems(attack, table, given);
  if (problem) throw new UserError(problem.what, problem.hint);
  const defaults = Object.entries(table).map(([name, option]) => [name, option.default]);
  // Checked against the table just now.
  return { ...Object.fromEntries(defaults), ...given } as OptionsOf<T>;
}
