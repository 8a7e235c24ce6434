import { RunError } from "../../errors.js";
import { npmCall } from "./npm-call.js";
import { runCommand } from "./run-command.js";

const fetchTimeoutMs = 10 * 60_000;

interface Fetching {
  /** npm's arguments. */
  readonly args: readonly string[];
  /** Where npm runs: outside of any project, whose settings are not the user's. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** For messages. */
  readonly engine: string;
  readonly packageName: string;
  /** What to do without it. */
  readonly instead: string;
}

/**
 * Lets npm fetch something: it knows the user's registry and proxy. No script of any package runs.
 * @throws RunError with npm's reason
 */
export async function fetchWithNpm(fetching: Fetching): Promise<void> {
  const { args, folder, signal, engine, packageName, instead } = fetching;
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
  const options = { cwd: folder, signal, timeoutMs: fetchTimeoutMs };
  const npm = npmCall();
  if (npm === undefined)
    throw new RunError(
      `The ${engine} engine could not be set up: there is no npm, neither on PATH nor beside ${process.execPath}.`,
      `Install Node.js with its npm. ${instead}`,
    );
  const { ok, lines } = await runCommand(npm.program, [...npm.args, ...args, ...quiet], options);
  if (ok) return;
  throw new RunError(
    `The ${engine} engine could not be set up: npm could not fetch ${packageName} (${reasonOf(lines)}).`,
    instead,
  );
}

/** npm says a code, then why, then where its log is. */
function reasonOf(lines: readonly string[]): string {
  const said = lines.flatMap((line) => /^npm (?:error|ERR!) (?:code )?(.*)/.exec(line)?.slice(1) ?? []);
  return said.length === 0 ? (lines.at(-1) ?? "no reason") : said.slice(0, 2).join(": ");
}
