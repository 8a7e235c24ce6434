import { closestName } from "../../closest-name.js";
import { type Problem, problemsError } from "../../flags/problems.js";
import { combinationProblems } from "./combinations.js";
import { type Flag, type FlagName, flagNames, flags, type RawFlags } from "./flags.js";
import { type FlagValues, grammar } from "./grammar.js";

const unset = (flag: Flag) => (flag.repeatable ? [] : flag.value === undefined ? false : flag.default);

function closeName(value: unknown, accepted: string): string | undefined {
  if (typeof value !== "string" || !accepted.startsWith("one of ")) return undefined;
  return closestName(value, accepted.slice("one of ".length).split(", "));
}

function problemOf(name: FlagName, value: unknown, accepted: string): Problem {
  const received = Array.isArray(value) ? value.join(" ") : value;
  const what = `--${name}: got "${received}"; accepted: ${accepted}.`;
  if (name === "pr_tgt" && Number(value) > 1 && Number(value) <= 100) {
    const hint = `--pr_tgt is a ratio, the share of the target class: ${value} % is ${Number(value) / 100}.`;
    return { what, hint };
  }
  const close = closeName(value, accepted);
  return close === undefined ? { what } : { what, hint: `Did you mean --${name} ${close}?` };
}

/**
 * Reads flags as typed; a flag that is absent has its default.
 * @throws UserError naming every problem: flag, value received, values accepted
 */
export function parseFlags(raw: RawFlags): FlagValues {
  const problems: Problem[] = [];
  const values: Partial<FlagValues> = {};
  for (const name of flagNames) {
    const given = raw[name] ?? unset(flags[name]);
    const parsed = grammar[name].safeParse(given);
    if (parsed.success) Object.assign(values, { [name]: parsed.data });
    else problems.push(problemOf(name, given, parsed.error.issues[0].message));
  }
  problems.push(...combinationProblems(values));
  if (problems.length > 0) throw problemsError(problems);
  // Every flag was read, or there would be a problem.
  return values as FlagValues;
}
