import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { RunError } from "../../errors.js";
import { writeFolderAtomic } from "../../files/atomic-folder.js";
import { makeFolder } from "../../files/make-folder.js";
import type { Reporter } from "../../reporter.js";
import { userDataFolder } from "../user-folders.js";
import { ownCopyFolder } from "./own-copy.js";
import { packageIn, packageName } from "./package-dir.js";
import { programCall } from "./program-call.js";
import { runCommand } from "./run-command.js";

/** A package.json and its lock file, which pins every hash; they come with this program. */
const ownDescription = fileURLToPath(new URL("../../../native-engine", import.meta.url));
const fetchTimeoutMs = 10 * 60_000;

/**
 * Fetches the native engine's package, with what it requires, into this user's data folder, unless it is there. npm does it, which
 * knows the user's registry and proxy; no script of any package runs.
 * @param description the folder that says what to install
 * @returns the folder of the package
 * @throws RunError when npm cannot; nothing is left then
 */
export async function fetchOwnCopy({ reporter, signal }: Run, description = ownDescription): Promise<string> {
  const dataFolder = userDataFolder();
  if (dataFolder === undefined)
    throw new RunError("This user has no home folder.", "Name one for data: set XDG_DATA_HOME.");
  const folder = ownCopyFolder(dataFolder);
  if (existsSync(folder)) return packageIn(folder);
  reporter.info(`Fetching ${packageName} with npm into ${folder}.`);
  await makeFolder(dirname(folder));
  await writeFolderAtomic(folder, async (partial) => {
    await cp(description, partial, { recursive: true });
    await installIn(partial, signal);
  });
  return packageIn(folder);
}

interface Run {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

async function installIn(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const args = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"];
  const { ok, lines } = await runCommand("npm", args, { cwd: folder, signal, timeoutMs: fetchTimeoutMs });
  if (ok) return;
  throw new RunError(
    `The native engine could not be set up: npm could not fetch ${packageName} (${reasonOf(lines)}).`,
    `The wasm engine is used instead (about ten times slower). \`${programCall} setup\` tries again.`,
  );
}

/** npm says a code, then why, then where its log is. */
function reasonOf(lines: readonly string[]): string {
  const said = lines.flatMap((line) => /^npm (?:error|ERR!) (?:code )?(.*)/.exec(line)?.slice(1) ?? []);
  return said.length === 0 ? (lines.at(-1) ?? "no reason") : said.slice(0, 2).join(": ");
}
