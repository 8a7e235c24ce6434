import { createRequire } from "node:module";

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
