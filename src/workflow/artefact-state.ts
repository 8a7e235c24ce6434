import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UserError } from "../errors.js";
import { lockHolder } from "../files/lock.js";
import { isSafetensors } from "../store/checkpoint.js";
import { readIndexOrigin } from "../store/index-list.js";
import { readManifest, recordedOrigin } from "../store/manifest.js";
import { originDifferences, type RecordedOrigin, readOriginMetadata } from "../store/origin.js";
import { readSafetensorsMetadata } from "../store/safetensors.js";
import { describePosition } from "../training/position.js";
import { progressFile, progressFolder } from "../training/progress-file.js";
import { type Artefact, originOf, unknownContents } from "./artefact.js";

/** How far an artefact is. */
export interface ArtefactState {
  readonly kind: "done" | "half done" | "made otherwise" | "damaged" | "missing";
  /** Half done: where the run would go on. */
  readonly position?: string;
  /** Made otherwise: each as "--lr 0.05 (now 0.1)" or "another poisoned model"; damaged: why. */
  readonly reasons: readonly string[];
  readonly bytes: number;
  /** When it was last written. */
  readonly changed?: Date;
  /** The living process that writes it; undefined when none does. */
  readonly writer: string | undefined;
}

/** Looks at an artefact without reading its numbers, or the dataset. */
export async function artefactState(artefact: Artefact): Promise<ArtefactState> {
  const { path } = artefact;
  const writer = await lockHolder(`${path}.lock`);
  const finished = await sizeOf(path);
  if (finished)
    return judged({ ...finished, writer }, artefact, async () => ({ origin: await recordOf(path) }));
  const file = progressFile(path);
  const [halfway, rows] = [await sizeOf(file), await sizeOf(progressFolder(path))];
  if (!halfway) return { kind: "missing", reasons: [], bytes: rows?.bytes ?? 0, writer };
  const size = { ...halfway, bytes: halfway.bytes + (rows?.bytes ?? 0), writer };
  return judged(size, artefact, async () => {
    const metadata = await readSafetensorsMetadata(file);
    const position = describePosition({ epoch: Number(metadata.epoch), batch: Number(metadata.batch) });
    return { position, origin: readOriginMetadata(file, metadata) };
  });
}

interface Size {
  readonly bytes: number;
  readonly changed: Date;
}

async function judged(
  size: Size & Pick<ArtefactState, "writer">,
  artefact: Artefact,
  look: () => Promise<{ position?: string; origin: RecordedOrigin }>,
): Promise<ArtefactState> {
  try {
    const { position, origin } = await look();
    const reasons = originDifferences(origin, await originOf(artefact, unknownContents));
    if (reasons.length > 0) return { kind: "made otherwise", position, reasons, ...size };
    return { kind: position === undefined ? "done" : "half done", position, reasons, ...size };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "damaged", reasons: [error.message], ...size };
  }
}

/** A file of another program says nothing. */
async function recordOf(path: string): Promise<RecordedOrigin> {
  if (isSafetensors(path)) return readOriginMetadata(path, await readSafetensorsMetadata(path));
  if (extname(path) === ".zarr") return recordedOrigin(await readManifest(path));
  if (extname(path) !== ".npy") return {};
  return readIndexOrigin(path);
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
