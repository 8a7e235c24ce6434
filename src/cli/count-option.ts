import { UserError } from "../errors.js";
import { integer } from "../flags/values.js";

/** Of a count that has no bound of its own. */
const mostEver = 999_999_999;

/** The whole number that an option was given. @throws UserError unless it lies in [min, max] */
export function countOf(
  option: string,
  text: string,
  { min = 0, max = mostEver, hint = "Give another number." } = {},
): number {
  const parsed = integer(min, max).safeParse(text);
  if (parsed.success) return parsed.data;
  const [{ message }] = parsed.error.issues;
  throw new UserError(`${option}: got "${text}"; accepted: ${message}.`, hint);
}
