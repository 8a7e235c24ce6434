import { join } from "node:path";
import type { CaptureInput } from "../../src/capture/capture-loop.js";
import type { RowSink } from "../../src/capture/sample-level.js";
import type { Suspicion } from "../../src/capture/suspicion.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";
import type { IncrementRows } from "../../src/store/provenance-store.js";
import { createOptimizer } from "../../src/training/optimizer.js";
import type { Subject } from "../../src/training/subject.js";
import { trainingProgress } from "../../src/training/training-progress.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { tinyData, tinyModel } from "../training/tiny-training.js";

export const learningRate = 0.05;

/** 24 images of 3 classes in turn. */
function tinySubject(): Subject {
  const { set, ids, normalization, augmentation } = tinyData();
  return { images: set, trainIds: ids, normalization, augmentation };
}

/** Two images of a class under suspicion, the other six are its reference. */
export function suspicionOf(label: number, name = ""): Suspicion {
  const rows = Array.from({ length: 8 }, (_, i) => 3 * i + label);
  return { name, suspects: Int32Array.from(rows.slice(0, 2)), reference: Int32Array.from(rows.slice(2)) };
}

/** A capture of two epochs on an untrained model, kept in a folder of its own. */
export async function tinyCapture(
  suspicions: readonly Suspicion[],
  { folder, signal = new AbortController().signal }: { folder?: string; signal?: AbortSignal } = {},
): Promise<CaptureInput> {
  const path = join(folder ?? (await temporaryFolder()), "result.zarr");
  return {
    subject: tinySubject(),
    suspicions,
    schedule: { name: "test", baseEpochs: 1, epochs: 2, batchSize: 10, rng: createRng("capture") },
    base: { model: tinyModel(), optimizer: createOptimizer("sgd", learningRate) },
    surrogate: { optimizer: "sgd", learningRate, trainingMode: true },
    progress: trainingProgress(path, { settings: {}, inputs: {} }, 0),
    run: { reporter: silentReporter, signal },
  };
}

/** Rows in memory. */
export interface HeldRows extends RowSink {
  readonly suspects: IncrementRows[];
  readonly clean: IncrementRows[];
}

/** @param held rows of the pieces to go on from */
export function holdRows(held: Pick<HeldRows, "suspects" | "clean"> = { suspects: [], clean: [] }): HeldRows {
  const { suspects, clean } = held;
  return {
    suspects,
    clean,
    append: async (kind, rows) => void held[kind].push(rows),
    flush: async () => suspects.length,
    close: async () => {},
    remove: async () => {},
  };
}
