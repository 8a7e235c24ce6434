import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors.js";
import type { Reporter } from "../../reporter.js";
import { testPackage } from "./load-test.js";
import {
  platformName,
  removeManifest,
  type SetupManifest,
  type SetupWay,
  writeManifest,
} from "./manifest.js";
import { buildQuietAddon } from "./quiet-addon.js";
import { recordFiles } from "./record.js";
import { adoptStage, createStage, downloadsDir, removeDownloads } from "./stage.js";
import type { WayContext, WayResult } from "./way.js";

/** A way of getting the library, by the name it has in the manifest. */
export interface Way {
  readonly name: SetupWay;
  readonly title: string;
  readonly run: (context: WayContext) => Promise<WayResult>;
}

interface Run {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Goes one way in a stage, tries the result out there, and only then puts it into the package. */
export async function installBy(
  way: Way,
  packageDir: string,
  { reporter, signal }: Run,
): Promise<SetupManifest> {
  const stage = await createStage(packageDir);
  const origin = await way.run({ stage, downloads: downloadsDir(packageDir), reporter, signal });
  await buildQuietAddon(stage, signal);
  reporter.info("Trying it out.");
  const { libraryVersion } = await testPackage(stage, signal);
  const files = await recordFiles(stage, signal);
  const manifest: SetupManifest = {
    schemaVersion: 1,
    way: way.name,
    ...origin,
    libraryVersion,
    platform: platformName(),
    files,
  };
  await removeManifest(packageDir);
  await adoptStage(packageDir, stage);
  await writeManifest(packageDir, manifest);
  await removeDownloads(packageDir);
  return manifest;
}

/**
 * Takes over what is in the package already, if it works: npm ran the package's installer, or an earlier set-up was
 * stopped just before its last step.
 * @returns undefined when there is nothing, or nothing that works
 */
export async function adoptFound(
  packageDir: string,
  { reporter, signal }: Run,
): Promise<SetupManifest | undefined> {
  if (!existsSync(join(packageDir, "lib")) || !existsSync(join(packageDir, "deps", "lib"))) return undefined;
  reporter.info("A library is in the package already: trying it out.");
  try {
    const { libraryVersion } = await testPackage(packageDir, signal);
    await buildQuietAddon(packageDir, signal);
    const files = await recordFiles(packageDir, signal);
    const source = "already in the package";
    const manifest: SetupManifest = {
      schemaVersion: 1,
      way: "found",
      source,
      libraryVersion,
      platform: platformName(),
      files,
    };
    await writeManifest(packageDir, manifest);
    return manifest;
  } catch (error) {
    signal?.throwIfAborted();
    reporter.info(`It is not used: ${messageOf(error)}.`);
    return undefined;
  }
}
