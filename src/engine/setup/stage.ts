import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const stageName = "deps.partial-setup";
const downloadsName = "deps.partial-downloads";
const builtFolders = ["deps", "lib"];

/** Where finished downloads wait for the next attempt when this one does not reach its end. */
export function downloadsDir(packageDir: string): string {
  return join(packageDir, downloadsName);
}

/**
 * A copy of the package without what set-up adds, inside the package itself (so that it finds the same modules, and
 * on the same disk). Everything is built and tried out there: the package only ever holds a set-up that works.
 */
export async function createStage(packageDir: string): Promise<string> {
  const stage = join(packageDir, stageName);
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage);
  const names = await readdir(packageDir);
  const copied = names.filter((name) =>
    ["binding", "binding.gyp", "dist", "package.json", "scripts"].includes(name),
  );
  for (const name of copied) await cp(join(packageDir, name), join(stage, name), { recursive: true });
  await mkdir(join(stage, "deps"));
  return stage;
}

/** Moves what was built in the stage into the package, in the place of what was there. */
export async function adoptStage(packageDir: string, stage: string): Promise<void> {
  const old = join(stage, "replaced");
  await mkdir(old, { recursive: true });
  for (const name of builtFolders) {
    const target = join(packageDir, name);
    if (existsSync(target)) await rename(target, join(old, name));
    await rename(join(stage, name), target);
  }
}

export async function removeStage(packageDir: string): Promise<void> {
  await rm(join(packageDir, stageName), { recursive: true, force: true });
}

export async function removeDownloads(packageDir: string): Promise<void> {
  await rm(downloadsDir(packageDir), { recursive: true, force: true });
}
