import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { makeOwnCopy, type Run } from "./make-own-copy.js";
import { packageName } from "./package-dir.js";
import { programCall } from "./program-call.js";
import { fetchWithNpm } from "./run-npm.js";

/** A package.json and its lock file, which pins every hash; they come with this program. */
const ownDescription = fileURLToPath(new URL("../../../native-engine", import.meta.url));

/**
 * Fetches the native engine's package, with what it requires, into this user's data folder, unless it is there.
 * @param description the folder that says what to install
 * @returns the folder of the package
 * @throws RunError when npm cannot; nothing is left then
 */
export function fetchOwnCopy(run: Run, description = ownDescription): Promise<string> {
  const fetch = async (folder: string) => {
    await cp(description, folder, { recursive: true });
    await fetchWithNpm({
      args: ["ci", "--prefix", folder],
      folder,
      signal: run.signal,
      engine: "native",
      packageName,
      instead: `The wasm engine is used instead (about ten times slower). \`${programCall} setup\` tries again.`,
    });
  };
  return makeOwnCopy(
    { name: packageName, isSound: async (packageDir) => existsSync(packageDir), fetch },
    run,
  );
}
