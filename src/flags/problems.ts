import { closestName } from "../closest-name.js";
import { UserError } from "../errors.js";

/** One thing wrong with the flags. */
export interface Problem {
  /** Flag, value received and what is accepted, in one sentence. */
  readonly what: string;
  /** What to do instead, when there is more to say than the accepted values. */
  readonly hint?: string;
}

function closeName(value: unknown, accepted: string): string | undefined {
  if (typeof value !== "string" || !accepted.startsWith("one of ")) return undefined;
  return closestName(value, accepted.slice("one of ".length).split(", "));
}

/** "5%", for a flag that takes a number without a sign. */
function withoutSign(value: unknown, accepted: string): string | undefined {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(String(value))?.[1];
  if (percent === undefined) return undefined;
  if (/percentage/.test(accepted)) return percent;
  if (!/ratio|share|probability/.test(accepted)) return undefined;
  return String(Number((Number(percent) / 100).toPrecision(12)));
}

/** A value that a flag does not accept; where it accepts names, with the one that was probably meant. */
export function valueProblem(name: string, value: unknown, accepted: string): Problem {
  const received = Array.isArray(value) ? value.join(" ") : value;
  const what = `--${name}: got "${received}"; accepted: ${accepted}.`;
  const close = closeName(value, accepted) ?? withoutSign(value, accepted);
  return close === undefined ? { what } : { what, hint: `Did you mean --${name} ${close}?` };
}

const helpOfARun = "`poisonspot --help` explains every flag.";

/** All problems in one error, so that nobody has to mend them one run at a time. @param generalHint for those without one of their own */
export function problemsError(problems: readonly Problem[], generalHint = helpOfARun): UserError {
  const [first, ...others] = problems;
  if (others.length === 0) return new UserError(first.what, first.hint ?? generalHint);
  const lines = problems.map(({ what, hint }) => `  - ${what}${hint === undefined ? "" : ` ${hint}`}`);
  return new UserError(`${problems.length} problems with the flags:\n${lines.join("\n")}`, generalHint);
}
