import { UserError } from "../errors.js";

/** One thing wrong with the flags. */
export interface Problem {
  /** Flag, value received and what is accepted, in one sentence. */
  readonly what: string;
  /** What to do instead, when there is more to say than the accepted values. */
  readonly hint?: string;
}

/** All problems in one error, so that nobody has to mend them one run at a time. */
export function problemsError(problems: readonly Problem[]): UserError {
  const [first] = problems;
  const message =
    problems.length === 1
      ? first.what
      : `${problems.length} problems with the flags:\n${problems.map(({ what }) => `  - ${what}`).join("\n")}`;
  const hints = problems.flatMap(({ hint }) => hint ?? []);
  return new UserError(
    message,
    hints.length > 0 ? hints.join("\n  ") : "`poisonspot --help` explains every flag.",
  );
}
