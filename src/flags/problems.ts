import { UserError } from "../errors.js";

/** One thing wrong with the flags. */
export interface Problem {
  /** Flag, value received and what is accepted, in one sentence. */
  readonly what: string;
  /** What to do instead, when there is more to say than the accepted values. */
  readonly hint?: string;
}

const generalHint = "`poisonspot --help` explains every flag.";

/** All problems in one error, so that nobody has to mend them one run at a time. */
export function problemsError(problems: readonly Problem[]): UserError {
  const [first, ...others] = problems;
  if (others.length === 0) return new UserError(first.what, first.hint ?? generalHint);
  const lines = problems.map(({ what, hint }) => `  - ${what}${hint === undefined ? "" : ` ${hint}`}`);
  return new UserError(`${problems.length} problems with the flags:\n${lines.join("\n")}`, generalHint);
}
