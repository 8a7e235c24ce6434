import { join } from "node:path";
import { messageOf, RunError, UserError } from "../../errors.js";
import { takeLock } from "../../files/lock.js";
import type { Reporter } from "../../reporter.js";
import { adoptFound, installBy, type Way } from "./install-way.js";
import { readManifest, type SetupManifest, writeFailure } from "./manifest.js";
import { findNativePackage } from "./package-dir.js";
import { removeStage } from "./stage.js";
import { useNamedLibrary } from "./way-named.js";
import { useOfficialBinary } from "./way-official.js";
import { useWheel } from "./way-wheel.js";

export interface SetupOptions {
  /** A libtensorflow the user has: folder, .tar.gz or wheel. Replaces what is set up already. */
  readonly libtensorflow?: string;
  /** Set up anew what is finished already. */
  readonly force?: boolean;
  /** The package @tensorflow/tfjs-node-gpu; the installed one when absent. */
  readonly packageDir?: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Finishes the native engine's package, by the first way that works: a library the user names, the package's own
 * installer, the TensorFlow wheel. Each is built and tried out in a stage; only what works replaces what was there.
 * Does nothing when it is finished.
 * @returns what stands in the package's manifest
 * @throws UserError when the named library is no good; RunError when no way works (the wasm engine remains)
 */
export async function setupEngine(options: SetupOptions): Promise<SetupManifest> {
  const packageDir = options.packageDir ?? findNativePackage();
  if (packageDir === undefined) {
    throw new RunError(
      "The optional package @tensorflow/tfjs-node-gpu is not installed.",
      "Install it with `npm install --include=optional`; until then the wasm engine is used.",
    );
  }
  const anew = options.force === true || options.libtensorflow !== undefined;
  const release = await takeLock(join(packageDir, "poisonspot-setup.lock"), alreadyRunning);
  try {
    const finished = anew ? undefined : (readManifest(packageDir) ?? (await adoptFound(packageDir, options)));
    const manifest = finished ?? (await tryWays(waysFor(options.libtensorflow), packageDir, options));
    const { libraryVersion, source } = manifest;
    options.reporter.info(`The native engine is set up: tensorflow ${libraryVersion} (${source}).`);
    return manifest;
  } finally {
    await removeStage(packageDir);
    await release();
  }
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
      : "The wasm engine is used instead (about ten times slower). `poisonspot setup` tries again.",
  );
}
