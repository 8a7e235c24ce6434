import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { noAugmentation } from "../../src/datasets/augmentation.js";
import { consecutiveBatches } from "../../src/datasets/batches.js";
import { tf } from "../../src/engine/tf.js";
import type { Model } from "../../src/nn/model.js";
import { batchDifferenceTensors } from "../../src/provenance/batch-differences.js";
import { RunningMaxima } from "../../src/provenance/running-maxima.js";
import { sampleIncrementTensor } from "../../src/provenance/sample-increments.js";
import { selectFeatures, strongestFeatures } from "../../src/provenance/select-features.js";
import { createRng, sampleWithoutReplacement } from "../../src/random/rng.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import { readNpy, writeNpy } from "../../src/store/npy.js";
import { batchTensors } from "../../src/training/train.js";
import { loadNetwork } from "./network.js";
import type { StudySettings } from "./settings.js";
import type { StudySubject } from "./subject.js";

/** Batch norm by each sample's own statistics, as the original captures, or by the running ones. */
export const modes = ["training", "evaluation"] as const;
export type Mode = (typeof modes)[number];

/** Batches that choose features, images of each of a batch's three groups, cut on |z|, and features kept at most. */
const [choosingBatches, groupSize, zCut, numFeatures] = [8, 16, 2, 500];
/** The step's length does not matter to what is made of it. */
const surrogate = { optimizer: "sgd", learningRate: 0.1 } as const;

const path = (folder: string, mode: Mode, label: number) => join(folder, `increments-${mode}-${label}.npy`);

/**
 * Of every class the increments of its suspects, then its trusted images, at the features that batches of suspects move
 * otherwise than batches of trusted ones; with the weights as they are at the end of the training.
 */
export async function captureIncrements(
  folder: string,
  settings: StudySettings,
  subject: StudySubject,
  signal: AbortSignal,
): Promise<void> {
  const missing = modes.flatMap((mode) =>
    subject.classes.flatMap((_, label) => (existsSync(path(folder, mode, label)) ? [] : [{ mode, label }])),
  );
  if (missing.length === 0) return;
  const model = await loadNetwork(folder, settings, subject, settings.epochs);
  try {
    for (const { mode, label } of missing) {
      const features = await chooseFeatures(model, subject, label, mode, settings.seed, signal);
      const { suspects, trusted } = subject.classes[label];
      const rows = Int32Array.from([...suspects, ...trusted]);
      const data = new Float32Array(rows.length * features.length);
      let done = 0;
      for (const ids of consecutiveBatches(rows, 64)) {
        await setImmediate();
        signal.throwIfAborted();
        const { images, labels } = batchTensors(subject, ids, noAugmentation);
        const trainingMode = mode === "training";
        const increments = sampleIncrementTensor(model, images, labels, features, {
          ...surrogate,
          trainingMode,
        });
        data.set(await increments.data<"float32">(), done * features.length);
        tf.dispose([images, labels, increments]);
        done += ids.length;
      }
      await writeNpy(path(folder, mode, label), {
        dtype: "float32",
        shape: [rows.length, features.length],
        data,
      });
    }
  } finally {
    model.dispose();
  }
}

/** float32 [suspects and trusted images of the class, numFeatures] */
export async function readIncrements(folder: string, mode: Mode, label: number): Promise<Matrix> {
  const { dtype, shape, data } = await readNpy(path(folder, mode, label), { hint: "Measure again." });
  if (dtype !== "float32") throw new Error(`${folder}: increments are not float32`);
  return { rows: shape[0], cols: shape[1], data };
}

async function chooseFeatures(
  model: Model,
  subject: StudySubject,
  label: number,
  mode: Mode,
  seed: number,
  signal: AbortSignal,
): Promise<Int32Array> {
  const { suspects, trusted } = subject.classes[label];
  const rng = createRng(seed).fork(`study/increments/${label}`);
  const maxima = new RunningMaxima(model);
  for (let batch = 0; batch < choosingBatches; batch++) {
    await setImmediate();
    signal.throwIfAborted();
    const own = rng.fork(`batch-${batch}`);
    const clean = sampleWithoutReplacement(own, trusted, 2 * groupSize);
    const groups = {
      suspect: batchTensors(subject, sampleWithoutReplacement(own, suspects, groupSize), noAugmentation),
      clean1: batchTensors(subject, clean.subarray(0, groupSize), noAugmentation),
      clean2: batchTensors(subject, clean.subarray(groupSize), noAugmentation),
    };
    maxima.add(batchDifferenceTensors(model, groups, { ...surrogate, trainingMode: mode === "training" }));
    for (const { images, labels } of Object.values(groups)) tf.dispose([images, labels]);
  }
  const { features, z } = selectFeatures(await maxima.read(), zCut);
  maxima.dispose();
  return strongestFeatures(features, z, numFeatures);
}
