import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UserError } from "../errors.js";
import type { FlagRecord } from "../experiment/comparison.js";
import { progressFile, progressFolder } from "../experiment/progress-file.js";
import { settingDifferences } from "../experiment/recorded-settings.js";
import { readJson } from "../files/atomic-file.js";
import { isSafetensors } from "../store/checkpoint.js";
import { readManifest } from "../store/manifest.js";
import { readSafetensorsMetadata } from "../store/safetensors.js";
import { describePosition } from "../training/position.js";

/** How far an artefact is. */
export interface ArtefactState {
  readonly kind: "done" | "half done" | "other flags" | "damaged" | "missing";
  /** Half done: where the run would go on. */
  readonly position?: string;
  /** Other flags: each as "--lr 0.05 (now 0.1)"; damaged: why. */
  readonly reasons: readonly string[];
  readonly bytes: number;
  /** When it was last written. */
  readonly changed?: Date;
}

/**
 * Looks at an artefact without reading its numbers.
 * @param path of a model, an array group (.zarr) or a list of samples (.npy)
 * @param expected the flags it must have been made with
 */
export async function artefactState(path: string, expected: FlagRecord): Promise<ArtefactState> {
  const finished = await sizeOf(path);
  if (finished) return judged(finished, async () => ({ differences: await differing(path, expected) }));
  const file = progressFile(path);
  const [halfway, rows] = [await sizeOf(file), await sizeOf(progressFolder(path))];
  if (!halfway) return { kind: "missing", reasons: [], bytes: rows?.bytes ?? 0 };
  const size = { ...halfway, bytes: halfway.bytes + (rows?.bytes ?? 0) };
  return judged(size, async () => {
    const { config, epoch, batch } = await readSafetensorsMetadata(file);
    const position = describePosition({ epoch: Number(epoch), batch: Number(batch) });
    return { position, differences: config === undefined ? [] : settingDifferences(file, config, expected) };
  });
}

interface Size {
  readonly bytes: number;
  readonly changed: Date;
}

async function judged(
  size: Size,
  look: () => Promise<{ position?: string; differences: readonly string[] }>,
): Promise<ArtefactState> {
  try {
    const { position, differences } = await look();
    if (differences.length > 0) return { kind: "other flags", position, reasons: differences, ...size };
    return { kind: position === undefined ? "done" : "half done", position, reasons: [], ...size };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "damaged", reasons: [error.message], ...size };
  }
}

/** A file of another program says nothing about flags. */
async function differing(path: string, expected: FlagRecord): Promise<string[]> {
  const recorded = await recordOf(path);
  return recorded === undefined ? [] : settingDifferences(path, recorded, expected);
}

async function recordOf(path: string): Promise<string | undefined> {
  if (isSafetensors(path)) return (await readSafetensorsMetadata(path)).config;
  if (extname(path) === ".zarr") return JSON.stringify((await readManifest(path)).origin.config);
  if (extname(path) !== ".npy") return undefined;
  const record = (await readJson(path.replace(/\.npy$/, ".json"))) as { config?: unknown } | null;
  return JSON.stringify(record?.config ?? null);
}

/** Of a file, or of all files below a folder; undefined when there is neither. */
async function sizeOf(path: string): Promise<Size | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isDirectory()) return info && { bytes: info.size, changed: info.mtime };
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const stats = files.map((entry) => stat(join(entry.parentPath, entry.name)).catch(() => undefined));
  const found = (await Promise.all(stats)).filter((one): one is Stats => one !== undefined);
  const changed = new Date(Math.max(info.mtimeMs, ...found.map(({ mtimeMs }) => mtimeMs)));
  return { bytes: found.reduce((sum, { size }) => sum + size, 0), changed };
}
