import { CommanderError } from "commander";
import { RunError, UserError } from "../errors.js";
import { Interrupted } from "./interrupts.js";

interface Failure {
  /** 2: the user's mistake; 1: a run that could not go on, or a bug; 130 and 143: stopped by a signal. */
  readonly exitCode: number;
  /** For stderr; empty when everything was said already. */
  readonly text: string;
}

/** What the program says about an error, and how it ends. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) return usage(error);
  if (error instanceof UserError) return { exitCode: 2, text: withHint(error.message, error.hint) };
  if (error instanceof RunError) return { exitCode: 1, text: withHint(error.message, error.hint) };
  if (error instanceof Interrupted) {
    return { exitCode: error.signalName === "SIGINT" ? 130 : 143, text: error.message };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: 1,
    text: `${trace}\nThis is a bug in poisonspot: please report it with the lines above.`,
  };
}

const withHint = (message: string, hint: string): string => `error: ${message}\nhint: ${hint}`;

/** Commander ends `--help` and `--version` by an exception too; those are no mistakes. */
function usage({ exitCode, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: 0, text: "" };
  const [what, suggestion] = message.replace(/^error: /, "").split("\n(");
  const hint =
    suggestion === undefined ? "`poisonspot --help` explains every flag." : suggestion.replace(/\)$/, "");
  return { exitCode: 2, text: withHint(what, hint) };
}
