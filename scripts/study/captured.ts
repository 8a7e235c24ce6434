import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ColumnGroup, captureActivations } from "../../src/capture/activations.js";
import { allIds } from "../../src/datasets/select.js";
import { writeFileAtomic } from "../../src/files/atomic-file.js";
import { readNpy, writeNpy } from "../../src/store/npy.js";
import { evaluate } from "../../src/training/evaluate.js";
import { loadNetwork } from "./network.js";
import { keptEpochs, type StudySettings } from "./settings.js";
import type { StudySubject } from "./subject.js";

/** How good a network is, and how well each attack took. */
interface Quality {
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Attack success rate in [0, 1], by attack. */
  readonly attackSuccess: Readonly<Record<string, number>>;
}

/** What a network made of its training images, after one epoch. */
export interface Captured {
  readonly epoch: number;
  /** float32 [rows, cols] */
  readonly activations: Float32Array;
  readonly cols: number;
  readonly groups: readonly ColumnGroup[];
  /** float32 [rows, numClasses] */
  readonly logits: Float32Array;
}

const file = (folder: string, name: string, epoch: number) => join(folder, `${name}-${epoch}`);

/** Captures what is not there yet. */
export async function captureNetwork(
  folder: string,
  settings: StudySettings,
  subject: StudySubject,
  signal: AbortSignal,
): Promise<void> {
  const { set, normalization, planted, test } = subject;
  for (const epoch of keptEpochs(settings)) {
    const qualityPath = `${file(folder, "quality", epoch)}.json`;
    if (existsSync(qualityPath)) continue;
    const model = await loadNetwork(folder, settings, subject, epoch);
    try {
      const ids = allIds(set.labels.length);
      const { rows, cols, data, groups, logits } = await captureActivations(model, set, ids, {
        normalization,
        signal,
      });
      const activations = { dtype: "float32", shape: [rows, cols], data } as const;
      await writeNpy(`${file(folder, "activations", epoch)}.npy`, activations);
      const shape = [rows, logits.length / rows];
      await writeNpy(`${file(folder, "logits", epoch)}.npy`, { dtype: "float32", shape, data: logits });
      await writeFileAtomic(`${file(folder, "groups", epoch)}.json`, JSON.stringify(groups));
      const attackSuccess: Record<string, number> = {};
      for (const { name, triggered } of planted)
        attackSuccess[name] = await evaluate(model, triggered, normalization, signal);
      const quality = { accuracy: await evaluate(model, test, normalization, signal), attackSuccess };
      await writeFileAtomic(qualityPath, JSON.stringify(quality));
    } finally {
      model.dispose();
    }
  }
}

/** Reads the network's quality after an epoch. */
export const readQuality = async (folder: string, epoch: number): Promise<Quality> =>
  JSON.parse(await readFile(`${file(folder, "quality", epoch)}.json`, "utf8"));

export async function readCaptured(folder: string, epoch: number): Promise<Captured> {
  const hint = "Delete the folder: it is made again.";
  const table = await readNpy(`${file(folder, "activations", epoch)}.npy`, { hint });
  const logits = await readNpy(`${file(folder, "logits", epoch)}.npy`, { hint });
  if (table.dtype !== "float32" || logits.dtype !== "float32") throw new Error(`${folder}: not float32`);
  const groups = JSON.parse(await readFile(`${file(folder, "groups", epoch)}.json`, "utf8"));
  return { epoch, activations: table.data, cols: table.shape[1], groups, logits: logits.data };
}
