import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readManifest } from "./manifest.js";
import { ownCopies } from "./own-copy.js";

const require = createRequire(import.meta.url);

export const packageName = "@tensorflow/tfjs-node-gpu";

/** Where, inside the package, set-up puts the add-on that keeps the library quiet while it loads. */
export const quietAddonPath = join("lib", "quiet-stderr.node");

/**
 * The folder of the native engine's package, be it the one that npm has installed or a copy that set-up has fetched: one that is set
 * up, else one that this user can finish. @returns undefined when there is none
 */
export function findNativePackage(): string | undefined {
  const packages = [installedPackage(), ...ownCopies(packageName)].filter(isThere);
  const isSetUp = (packageDir: string) => readManifest(packageDir) !== undefined;
  return packages.find(isSetUp) ?? packages.find(isWritable) ?? packages[0];
}

/** What an administrator has installed is not for every user to finish. */
export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tells a fetched copy which tfjs this program has loaded, for its backend to register itself on. */
export const tfjsVariable = (): { readonly POISONSPOT_TFJS: string } => ({
  POISONSPOT_TFJS: require.resolve("@tensorflow/tfjs"),
});

function installedPackage(): string | undefined {
  try {
    return dirname(require.resolve(`${packageName}/package.json`));
  } catch {
    return undefined;
  }
}

const isThere = (packageDir: string | undefined): packageDir is string =>
  packageDir !== undefined && existsSync(join(packageDir, "package.json"));
