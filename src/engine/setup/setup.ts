import { existsSync } from "node:fs";
import { lstat, mkdir, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { RunError, UserError } from "../../errors.js";
import type { Reporter } from "../../reporter.js";
import { sha256File } from "./hash-file.js";
import { testPackage } from "./load-test.js";
import { lockPackage } from "./lock.js";
import {
  platformName,
  readManifest,
  removeManifest,
  type SetupManifest,
  type SetupWay,
  writeFailure,
  writeManifest,
} from "./manifest.js";
import { findNativePackage } from "./package-dir.js";
import { buildQuietAddon } from "./quiet-addon.js";
import { adoptStage, createStage, downloadsDir, removeDownloads, removeStage } from "./stage.js";
import type { WayContext, WayResult } from "./way.js";
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

interface Way {
  readonly name: SetupWay;
  readonly title: string;
  readonly run: (context: WayContext) => Promise<WayResult>;
}

/**
 * Finishes the native engine's package, by the first way that works: a library the user names, the package's own
 * installer, the TensorFlow wheel. Each is built and tried out in a stage; only what works replaces what was there.
 * @returns what stands in the package's manifest
 * @throws UserError when the named library is no good; RunError when no way works (the wasm engine remains)
 */
export async function setupEngine(options: SetupOptions): Promise<SetupManifest> {
  const { reporter, signal, libtensorflow } = options;
  const packageDir = options.packageDir ?? findNativePackage();
  if (packageDir === undefined) {
    throw new RunError(
      "The optional package @tensorflow/tfjs-node-gpu is not installed.",
      "Install it with `npm install --include=optional`; until then the wasm engine is used.",
    );
  }
  const finished = readManifest(packageDir);
  if (finished !== undefined && libtensorflow === undefined && options.force !== true) {
    reporter.info(`The native engine is set up: ${describe(finished)}.`);
    return finished;
  }
  const release = await lockPackage(packageDir);
  try {
    const manifest = await tryWays(waysFor(libtensorflow), packageDir, reporter, signal);
    reporter.info(`The native engine is set up: ${describe(manifest)}.`);
    return manifest;
  } finally {
    await removeStage(packageDir);
    await release();
  }
}

function waysFor(named: string | undefined): Way[] {
  if (named !== undefined) {
    return [{ name: "named", title: "the named library", run: (context) => useNamedLibrary(named, context) }];
  }
  return [
    { name: "official", title: "the package's own installer", run: useOfficialBinary },
    { name: "wheel", title: "the TensorFlow wheel", run: useWheel },
  ];
}

async function tryWays(
  ways: Way[],
  packageDir: string,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<SetupManifest> {
  const reasons: string[] = [];
  for (const way of ways) {
    reporter.info(`Setting up the native engine from ${way.title}.`);
    try {
      return await goWay(way, packageDir, reporter, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      reporter.info(`Not from ${way.title}: ${reason}.`);
      reasons.push(reason);
    }
  }
  await writeFailure(packageDir, reasons.join("; "));
  throw new RunError(
    `The native engine could not be set up: ${reasons.join("; ")}.`,
    "The wasm engine is used instead (about ten times slower). `poisonspot setup` tries again.",
  );
}

async function goWay(
  way: Way,
  packageDir: string,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<SetupManifest> {
  const stage = await createStage(packageDir);
  const downloads = downloadsDir(packageDir);
  await mkdir(downloads, { recursive: true });
  const origin = await way.run({ stage, downloads, reporter, signal });
  await buildQuietAddon(stage, signal);
  reporter.info("Trying it out.");
  const { libraryVersion } = await testPackage(stage, signal);
  const files = await describeFiles(stage, signal);
  await removeManifest(packageDir);
  await adoptStage(packageDir, stage);
  const manifest: SetupManifest = {
    schemaVersion: 1,
    way: way.name,
    ...origin,
    libraryVersion,
    platform: platformName(),
    files,
  };
  await writeManifest(packageDir, manifest);
  await removeDownloads(packageDir);
  return manifest;
}

/** Size and hash of every library and binding in the stage, by path. */
async function describeFiles(stage: string, signal?: AbortSignal): Promise<SetupManifest["files"]> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const folder of ["lib", join("deps", "lib")].filter((name) => existsSync(join(stage, name)))) {
    for (const name of await readdir(join(stage, folder), { recursive: true })) {
      const path = join(stage, folder, name);
      const status = await lstat(path);
      if (!status.isFile()) continue;
      files[relative(stage, path)] = { bytes: status.size, sha256: await sha256File(path, signal) };
    }
  }
  return files;
}

function describe({ libraryVersion, way, source }: SetupManifest): string {
  return `tensorflow ${libraryVersion}, ${{ named: "named", official: "official binary", wheel: "wheel" }[way]}: ${source}`;
}
