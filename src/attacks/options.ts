import { UserError } from "../errors.js";

/**
 * The attack's constants with the changes of `--attack_opt name=value`.
 * @throws UserError for a name the attack does not have, or a value that is not a positive number
 */
export function attackOptions<T extends Record<string, number>>(
  attack: string,
  defaults: T,
  given: Readonly<Record<string, string | number>>,
): T {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.entries(defaults).map(([key, constant]) => `${key}=${constant}`);
      throw new UserError(
        `--attack_opt ${name}: the attack "${attack}" has no such option.`,
        `It has (with their defaults): ${known.join(", ")}.`,
      );
    }
    if (typeof value !== "number" || !(value > 0)) {
      throw new UserError(
        `--attack_opt ${name}=${value}: not a positive number.`,
        `Try ${name}=${defaults[name]}.`,
      );
    }
  }
  return { ...defaults, ...given };
}
