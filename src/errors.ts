/** The user can fix this: the CLI prints message and hint, and exits with code 2. Any other error is a bug. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** A run that was sound at its start cannot go on (divergence, no feature left): exit code 1, finished work kept. */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** A file's content is not what its format asks for; whoever knows the file's name makes a UserError of it. */
export class FormatFault extends Error {
  override readonly name = "FormatFault";
}

/** What a thrown value says, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
