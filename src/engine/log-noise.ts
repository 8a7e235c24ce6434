import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { quietAddonPath } from "./setup/package-dir.js";

const require = createRequire(import.meta.url);

/**
 * Keeps the TensorFlow library's own log lines off stderr. Must run before the library loads: it reads these
 * variables once. Values the user has set win.
 */
export function muteNativeLibrary(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3"; // 3: fatal only
  process.env.TF_ENABLE_DEPRECATION_WARNINGS ??= "0";
}

/**
 * tfjs-node 4.22 calls util.isNullOrUndefined and util.isArray, which warn on Node 22 and are gone since Node 23.
 * Puts plain ones in their place.
 */
export function restoreOldNodeHelpers(): void {
  const util = require("node:util") as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/** Runs `load` (a synchronous require of old packages) without Node's deprecation warnings about their code. */
export function withoutDeprecationWarnings<T>(load: () => T): T {
  const before = process.noDeprecation;
  process.noDeprecation = true;
  try {
    return load();
  } finally {
    process.noDeprecation = before;
  }
}

/** Built by set-up; see setup/quiet-addon.ts. */
interface QuietAddon {
  mute(): void;
  restore(): void;
}

/**
 * Runs `load` with stderr pointing nowhere: the library logs a line while it loads, before it reads its variables.
 * An error it throws comes through. Without the add-on (official binaries need none) the line is shown.
 */
export function withMutedStderr<T>(packageDir: string, load: () => T): T {
  const path = join(packageDir, quietAddonPath);
  if (!existsSync(path)) return load();
  const addon: QuietAddon = require(path);
  addon.mute();
  try {
    return load();
  } finally {
    addon.restore();
  }
}
