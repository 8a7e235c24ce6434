import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Where, inside the package, set-up puts the add-on that keeps the library quiet while it loads. */
export const quietAddonPath = join("lib", "quiet-stderr.node");

/** The folder of the installed package of the native engine; undefined when it is not installed (it is optional). */
export function findNativePackage(): string | undefined {
  try {
    const packageJson = require.resolve("@tensorflow/tfjs-node-gpu/package.json");
    return existsSync(packageJson) ? dirname(packageJson) : undefined;
  } catch {
    return undefined;
  }
}
