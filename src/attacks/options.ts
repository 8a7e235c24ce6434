import { UserError } from "../errors.js";

/**
 * The attack's constants with the changes of `--attack_opt name=value`.
 * @param whole names of those that count something
 * @throws UserError for a name the attack does not have, or a value that is not a positive (whole) number
 */
export function attackOptions<T extends Record<string, number>>(
  attack: string,
  defaults: T,
  given: Readonly<Record<string, string | number>>,
  whole: readonly (keyof T)[] = [],
): T {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.entries(defaults).map(([key, constant]) => `${key}=${constant}`);
      throw new UserError(
        `--attack_opt ${name}: the attack "${attack}" has no such option.`,
        `It has (with their defaults): ${known.join(", ")}.`,
      );
    }
    const isWhole = whole.includes(name);
    if (typeof value !== "number" || !(value > 0) || (isWhole && !Number.isInteger(value))) {
      throw new UserError(
        `--attack_opt ${name}=${value}: not a positive ${isWhole ? "whole " : ""}number.`,
        `Try ${name}=${defaults[name]}.`,
      );
    }
  }
  return { ...defaults, ...given };
}
