import { join } from "node:path";
import { RunError } from "../errors.js";
import { whileLocked } from "../files/lock.js";
import { differencesFigure } from "../plots/differences.js";
import { renderFigure } from "../plots/render.js";
import { zScoresFigure } from "../plots/z-scores.js";
import { batchDifferenceTensors } from "../provenance/batch-differences.js";
import { RunningMaxima } from "../provenance/running-maxima.js";
import {
  type FeatureSelection,
  intersectFeatures,
  selectFeatures,
  strongestFeatures,
} from "../provenance/select-features.js";
import { writeBatchLevel } from "../store/provenance-store.js";
import type { StateDict } from "../store/state-dict.js";
import { captureLoop, disposeBatch } from "./capture-loop.js";
import { type CapturePlan, planCapture } from "./capture-plan.js";
import { configForComparison } from "./comparison.js";
import type { Stage, StageContext } from "./context.js";
import { finishedCapture, originOf } from "./origin.js";
import { type Progress, progressOf } from "./progress.js";

/** Finds the features that suspects move unlike clean samples (method, section 3). */
export const batchLevel: Stage = async (context) => {
  const { config, paths, dataset } = context;
  const plan = planCapture(context, "batch level");
  const path = paths.importantFeatures;
  const finished = await finishedCapture(context, "features");
  if (finished) return { epochs: config.epBl, numFeatures: finished.arrays.important_features.shape[0] };
  const dependsOn = configForComparison(config, "features");
  const progress = progressOf(path, dependsOn, dataset, config.checkpointSeconds);
  if (config.force) await progress.remove();
  const { kept, last } = await whileLocked(path, () => captureFeatures(context, plan, progress));
  const features = limitFeatures(context, kept, last.z);
  const { z, differences } = last;
  await writeBatchLevel(path, { importantFeatures: features, z, differences }, originOf(context));
  await progress.remove();
  context.reporter.info(`batch level: ${features.length} important features saved in ${path}`);
  const figures = [
    await renderFigure(zScoresFigure(z, config.k1, features), join(paths.resultsDir, "Max_diff")),
    await renderFigure(differencesFigure(differences, features), join(paths.resultsDir, "differences")),
  ];
  for (const { png } of figures) context.reporter.info(`figure: ${png}`);
  return { epochs: config.epBl, numFeatures: features.length };
};

/** The features that are important in every epoch, and the last epoch's selection. */
async function captureFeatures(
  context: StageContext,
  plan: CapturePlan,
  progress: Progress,
): Promise<{ kept: Int32Array; last: FeatureSelection }> {
  const { config, reporter } = context;
  const surrogate = { optimizer: config.opt, learningRate: config.lr, trainingMode: config.trainingMode };
  const counts: number[] = [];
  let kept: Int32Array | undefined;
  let last: FeatureSelection | undefined;
  let maxima: RunningMaxima | undefined;
  let stateSize = 0;
  try {
    await captureLoop(context, plan, progress, {
      async capture({ model, suspects, clean1, clean2, read, dropoutSeed }) {
        maxima ??= new RunningMaxima(model);
        const groups = { suspect: read(suspects), clean1: read(clean1), clean2: read(clean2) };
        maxima.add(batchDifferenceTensors(model, groups, { ...surrogate, dropoutSeed }));
        for (const batch of Object.values(groups)) disposeBatch(batch);
      },
      async afterEpoch(epoch) {
        if (!maxima) throw new Error("An epoch passed without a suspect.");
        last = selectFeatures(await maxima.read(), config.k1);
        maxima.dispose();
        maxima = undefined;
        kept = kept ? intersectFeatures(kept, last.features) : last.features;
        counts.push(kept.length);
        const place = `batch level: epoch ${epoch - plan.baseEpochs + 1}/${plan.epochs}`;
        reporter.info(
          `${place}: ${last.features.length} features with |z| > ${config.k1}, ${kept.length} in all epochs`,
        );
        if (kept.length === 0) throw noFeatures(config.k1, config.epBl, counts);
      },
      async save() {
        const saved: StateDict = new Map();
        if (kept) saved.set("kept", { shape: [stateSize], data: maskOf(kept, stateSize) });
        for (const [name, data] of Object.entries((await maxima?.read()) ?? {}))
          saved.set(name, { shape: [stateSize], data });
        return saved;
      },
      async restore(saved, model) {
        stateSize = model.stateSize;
        const mask = saved?.get("kept");
        if (mask) kept = Int32Array.from(mask.data.keys()).filter((feature) => mask.data[feature] === 1);
        const [suspect, clean] = [saved?.get("suspect"), saved?.get("clean")];
        if (suspect && clean)
          maxima = RunningMaxima.from(model, { suspect: suspect.data, clean: clean.data });
      },
    });
  } finally {
    maxima?.dispose();
  }
  if (!kept || !last) throw new Error("Batch level ran no epoch.");
  return { kept, last };
}

/** float32 [size], 1 at the features. */
function maskOf(features: Int32Array, size: number): Float32Array {
  const mask = new Float32Array(size);
  for (const feature of features) mask[feature] = 1;
  return mask;
}

function limitFeatures(
  { config, reporter }: StageContext,
  features: Int32Array,
  z: Float32Array,
): Int32Array {
  if (features.length <= config.maxFeatures) return features;
  reporter.warn(
    `${features.length} features are more than --max_features ${config.maxFeatures}; those with the highest |z| are kept`,
  );
  return strongestFeatures(features, z, config.maxFeatures);
}

const noFeatures = (k: number, epochs: number, counts: readonly number[]): RunError =>
  new RunError(
    `No feature is important in every epoch: with --k_1 ${k} and --ep_bl ${epochs}, the number left after each epoch was ${counts.join(", ")}.`,
    "Use a smaller --k_1 or fewer epochs (--ep_bl).",
  );
