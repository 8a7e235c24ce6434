import { join } from "node:path";
import { messageOf, RunError, UserError } from "../../errors.js";
import { takeLock } from "../../files/lock.js";
import { sha256OfFile } from "../../files/sha256.js";
import type { Reporter } from "../../reporter.js";
import { fetchOwnCopy } from "./fetch-own-copy.js";
import { adoptFound, installBy, type Way } from "./install-way.js";
import { readManifest, type SetupManifest, writeFailure } from "./manifest.js";
import { findNativePackage, isWritable } from "./package-dir.js";
import { programCall } from "./program-call.js";
import { removeStage } from "./stage.js";
import { useNamedLibrary } from "./way-named.js";
import { useOfficialBinary } from "./way-official.js";
import { useWheel } from "./way-wheel.js";

export interface SetupOptions {
  /** A libtensorflow the user has: folder, .tar.gz or wheel. Replaces what is set up already. */
  readonly libtensorflow?: string;
  /** Set up anew what is finished already. */
  readonly force?: boolean;
  /** The native engine's package; found, or fetched, when absent. */
  readonly packageDir?: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Finishes the native engine's package, fetched first where npm has left it out, by the first way that works: a library the user names, the package's own
 * installer, the TensorFlow wheel. Each is built and tried out in a stage; only what works replaces what was there.
 * Does nothing when it is finished.
 * @returns what stands in the package's manifest
 * @throws UserError when the named library is no good; RunError when no way works (the wasm engine remains)
 */
export async function setupEngine(options: SetupOptions): Promise<SetupManifest> {
  const { reporter } = options;
  const anew = options.force === true || options.libtensorflow !== undefined;
  const found = options.packageDir ?? findNativePackage();
  const done = found === undefined || anew ? undefined : readManifest(found);
  const changed = found && done && (await changedFile(found, done, options.signal));
  if (done !== undefined && changed === undefined) return said(done, reporter);
  if (changed !== undefined) reporter.warn(`${changed} has changed since it was set up: it is set up anew.`);
  const packageDir = found !== undefined && isWritable(found) ? found : await fetchOwnCopy(options);
  const release = await takeLock(join(packageDir, "poisonspot-setup.lock"), alreadyRunning);
  try {
    const asItIs = !anew && changed === undefined;
    const finished = asItIs
      ? (readManifest(packageDir) ?? (await adoptFound(packageDir, options)))
      : undefined;
    return said(finished ?? (await tryWays(waysFor(options.libtensorflow), packageDir, options)), reporter);
  } finally {
    await removeStage(packageDir);
    await release();
  }
}

/** A file that no longer has its hash. Finding out takes a second or two, which a start of the engine does without. */
async function changedFile(
  packageDir: string,
  { files }: SetupManifest,
  signal?: AbortSignal,
): Promise<string | undefined> {
  for (const [name, { sha256 }] of Object.entries(files)) {
    const path = join(packageDir, name);
    if ((await sha256OfFile(path, signal)) !== sha256) return path;
  }
  return undefined;
}

function said(manifest: SetupManifest, reporter: Reporter): SetupManifest {
  reporter.info(`The native engine is set up: tensorflow ${manifest.libraryVersion} (${manifest.source}).`);
  return manifest;
}

const alreadyRunning = (path: string, holder: string): UserError =>
  new UserError(`Another set-up is running: ${path}, ${holder}.`, "Wait for it to end.");

function waysFor(named: string | undefined): Way[] {
  if (named !== undefined) {
    return [{ name: "named", title: "the named library", run: (context) => useNamedLibrary(named, context) }];
  }
  return [
    { name: "official", title: "the package's own installer", run: useOfficialBinary },
    { name: "wheel", title: "the TensorFlow wheel", run: useWheel },
  ];
}

async function tryWays(ways: Way[], packageDir: string, options: SetupOptions): Promise<SetupManifest> {
  const { reporter, signal } = options;
  const reasons: string[] = [];
  for (const way of ways) {
    reporter.info(`Setting up the native engine from ${way.title}.`);
    try {
      return await installBy(way, packageDir, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      const reason = messageOf(error);
      reporter.info(`Not from ${way.title}: ${reason}.`);
      reasons.push(reason);
    }
  }
  const stillWorks = readManifest(packageDir) !== undefined;
  if (!stillWorks) await writeFailure(packageDir, reasons.join("; "));
  throw new RunError(
    `The native engine could not be set up: ${reasons.join("; ")}.`,
    stillWorks
      ? "What was set up before is still in place."
      : `The wasm engine is used instead (about ten times slower). \`${programCall} setup\` tries again.`,
  );
}
