import { RunError } from "../errors.js";
import { whileLocked } from "../files/lock.js";
import { formatBytes } from "../format.js";
import type { Model } from "../nn/model.js";
import { type SampleIncrementOptions, sampleIncrementTensor } from "../provenance/sample-increments.js";
import { readBatchLevel } from "../store/provenance-store.js";
import { RowSegments } from "../store/row-segments.js";
import { type Capture, captureLoop, disposeBatch } from "./capture-loop.js";
import { type CapturePlan, planCapture } from "./capture-plan.js";
import { configForComparison } from "./comparison.js";
import type { Stage, StageContext } from "./context.js";
import { checkManifest, finishedCapture, originOf } from "./origin.js";
import { type Progress, progressOf } from "./progress.js";
import { progressFolder } from "./progress-file.js";

/** Samples that go through the network together; more would need more memory and gain nothing. */
const captureBatchSize = 64;

/** Captures what each suspect and each clean reference sample does to the important features (method, section 4). */
export const sampleLevel: Stage = async (context) => {
  const { config, paths, dataset, reporter } = context;
  const plan = planCapture(context, "sample level");
  const { importantFeatures: features, manifest } = await readBatchLevel(paths.importantFeatures);
  checkManifest(context, paths.importantFeatures, manifest, "features");
  const finished = await finishedCapture(context, "increments");
  if (finished) return { epochs: config.epSl, numFeatures: features.length };
  announce(context, plan, features.length);
  const dependsOn = configForComparison(config, "increments");
  const progress = progressOf(paths.increments, dependsOn, dataset, config.checkpointSeconds);
  if (config.force) await progress.remove();
  await whileLocked(paths.increments, async () => {
    const segments = await captureRows(context, plan, progress, features);
    await segments.finish(paths.increments);
    await progress.remove();
    await segments.remove();
  });
  reporter.info(`sample level: increments saved in ${paths.increments}`);
  return { epochs: config.epSl, numFeatures: features.length };
};

/** All rows of the stage. */
async function captureRows(
  context: StageContext,
  plan: CapturePlan,
  progress: Progress,
  features: Int32Array,
): Promise<RowSegments> {
  const { config, paths } = context;
  const options = { optimizer: config.opt, learningRate: config.lr, trainingMode: config.trainingMode };
  const folder = progressFolder(paths.increments);
  let segments: RowSegments | undefined;
  let moved = false;
  const opened = () => {
    if (!segments) throw new Error("Rows came before the capture began.");
    return segments;
  };
  try {
    await captureLoop(context, plan, progress, {
      async capture(batch) {
        const increments = await captureBatch(batch, features, options);
        moved ||= increments.suspects.some((value) => value !== 0);
        const epochs = new Int32Array(batch.suspects.length).fill(batch.epoch);
        await opened().append("suspects", { rows: increments.suspects, sampleIds: batch.suspects, epochs });
        await opened().append("clean", { rows: increments.clean, sampleIds: batch.clean1, epochs });
      },
      async save() {
        const state = Float32Array.of(await opened().flush(), moved ? 1 : 0);
        return new Map([["segments", { shape: [2], data: state }]]);
      },
      async restore(saved) {
        const [count, hasMoved] = saved?.get("segments")?.data ?? [0, 0];
        moved = hasMoved === 1;
        segments = await RowSegments.open(folder, features, originOf(context), count);
      },
    });
    if (!moved) {
      throw new RunError(
        "No suspect moved any important feature.",
        "Check --lr and that the model is not frozen.",
      );
    }
    return opened();
  } catch (error) {
    await segments?.close();
    if (error instanceof RunError) {
      // It would end so again: a run with other flags should not find it in its way.
      await progress.remove();
      await segments?.remove();
    }
    throw error;
  }
}

/** Rows of the batch's suspects and clean-1 samples, each minus the mean of clean-2: float32 [N, numFeatures]. */
async function captureBatch(
  { model, suspects, clean1, clean2, read, dropoutSeed }: Capture,
  features: Int32Array,
  options: SampleIncrementOptions,
): Promise<{ suspects: Float32Array; clean: Float32Array }> {
  // All samples of the batch go through the network together: the weights are the same for all of them.
  const ids = Int32Array.from([...clean2, ...suspects, ...clean1]);
  const all = await increments(model, ids, read, features, { ...options, dropoutSeed });
  const rowsOf = (from: number, count: number) =>
    all.slice(from * features.length, (from + count) * features.length);
  const baseline = meanRow(rowsOf(0, clean2.length), features.length);
  const rows = {
    suspects: rowsOf(clean2.length, suspects.length),
    clean: rowsOf(clean2.length + suspects.length, clean1.length),
  };
  for (const values of Object.values(rows)) {
    for (let i = 0; i < values.length; i++) {
      values[i] -= baseline[i % baseline.length];
      if (!Number.isFinite(values[i])) {
        throw new RunError(
          "An increment is not a finite number: the model has diverged.",
          "Use a smaller --lr.",
        );
      }
    }
  }
  return rows;
}

async function increments(
  model: Model,
  ids: Int32Array,
  read: Capture["read"],
  features: Int32Array,
  options: SampleIncrementOptions,
): Promise<Float32Array> {
  const result = new Float32Array(ids.length * features.length);
  for (let start = 0; start < ids.length; start += captureBatchSize) {
    const batch = read(ids.subarray(start, start + captureBatchSize));
    const { images, labels, sampleIds } = batch;
    const rows = sampleIncrementTensor(model, images, labels, features, { ...options, sampleIds });
    disposeBatch(batch);
    result.set(await rows.data(), start * features.length);
    rows.dispose();
  }
  return result;
}

function meanRow(rows: Float32Array, length: number): Float64Array {
  const mean = new Float64Array(length);
  for (let i = 0; i < rows.length; i++) mean[i % length] += rows[i];
  return mean.map((sum) => (sum * length) / rows.length);
}

function announce({ reporter }: StageContext, plan: CapturePlan, numFeatures: number): void {
  const rows = 2 * plan.suspects.size * plan.epochs;
  const bytes = rows * numFeatures * 4;
  reporter.info(
    `sample level: ${rows} rows x ${numFeatures} features, ${formatBytes(bytes)} on disk and as much memory when scoring`,
  );
}
