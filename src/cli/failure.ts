import { CommanderError } from "commander";
import { RunError, UserError } from "../errors.js";
import { Interrupted, TryAgain } from "./interrupts.js";
import { outOfFiles } from "./out-of-files.js";

interface Failure {
  /** 2: the user's mistake; 1: a run that could not go on, or a bug; above 128: stopped by a signal; 75: run it again. */
  readonly exitCode: number;
  /** For stderr; empty when everything was said already. */
  readonly text: string;
}

/** What the program says about an error, and how it ends. @param command that was asked for, where it is no run */
export function describeFailure(error: unknown, command?: string): Failure {
  if (error instanceof CommanderError) return usage(error, command);
  const noFiles = outOfFiles(error);
  if (noFiles !== undefined) return noFiles;
  if (error instanceof UserError) return { exitCode: 2, text: withHint(error.message, error.hint) };
  if (error instanceof RunError) return { exitCode: 1, text: withHint(error.message, error.hint) };
  if (error instanceof Interrupted || error instanceof TryAgain)
    return { exitCode: error.exitCode, text: error.message };
  if (isWithoutFolder(error)) {
    return {
      exitCode: 1,
      text: withHint("The working folder is no longer there.", "Change to a folder that is (`cd`)."),
    };
  }
  if (isRefusal(error)) return refusal(error);
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: 1,
    text: `${trace}\nThis is a bug in poisonspot: please report it with the lines above.`,
  };
}

/** What the operating system refuses is no bug of ours. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
  EEXIST: "a file is in the way of a folder",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk cannot be read or written",
  EFBIG: "it is larger than a file may be here",
  ENOENT: "it, or the folder it belongs in, is no longer there",
};

const isRefusal = (error: unknown): error is NodeJS.ErrnoException & { code: string; path: string } =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  Object.hasOwn(refusals, error.code) &&
  "path" in error &&
  typeof error.path === "string";

/** No path is said: it is the one of every relative path. */
const isWithoutFolder = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && error.syscall === "uv_cwd";

/** Exit code 1 for a machine at its limits and for what is taken away from a run, 2 for a path that cannot work. */
function refusal({ code, path }: { code: string; path: string }): Failure {
  const isLimit = ["ENOSPC", "EDQUOT", "EIO", "EFBIG"].includes(code);
  const isTaken = code === "ENOENT";
  const file = path.replace(/\.partial-[0-9a-f]{8}-\d+-[0-9a-f]{8}/, "");
  const hint = isLimit
    ? "Everything finished so far is kept: make room and run the same command again."
    : isTaken
      ? "Leave a run's folders where they are, and run the same command again."
      : "Give another path, or mend this one.";
  return { exitCode: isLimit || isTaken ? 1 : 2, text: withHint(`${file}: ${refusals[code]}.`, hint) };
}

const withHint = (message: string, hint: string): string => `error: ${message}\nhint: ${hint}`;

/** Commander ends `--help` and `--version` by an exception too; those are no mistakes. */
function usage({ exitCode, code, message }: CommanderError, command: string | undefined): Failure {
  if (exitCode === 0) return { exitCode: 0, text: "" };
  if (code === "commander.help")
    return { exitCode: 2, text: withHint("A command is missing.", "Give one of those above.") };
  const [what, suggestion] = message.replace(/^error: /, "").split("\n(");
  const help = `\`poisonspot ${command === undefined ? "" : `${command} `}--help\` explains every flag.`;
  const quotes = code === "commander.excessArguments" ? "A name with blanks stands in quotes. " : "";
  const hint = suggestion === undefined ? quotes + help : suggestion.replace(/\)$/, "");
  return { exitCode: 2, text: withHint(what, hint) };
}
