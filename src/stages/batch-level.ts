import { join } from "node:path";
import { RunError } from "../errors.js";
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
import { captureLoop, disposeBatch } from "./capture-loop.js";
import { planCapture } from "./capture-plan.js";
import type { Stage, StageContext } from "./context.js";
import { originOf } from "./origin.js";

/** Finds the features that suspects move unlike clean samples (method, section 3). */
export const batchLevel: Stage = async (context) => {
  const { config, paths, reporter } = context;
  const plan = planCapture(context, "batch level");
  const surrogate = { optimizer: config.opt, learningRate: config.lr, trainingMode: config.trainingMode };
  const counts: number[] = [];
  let kept: Int32Array | undefined;
  let last: FeatureSelection | undefined;
  let maxima: RunningMaxima | undefined;
  try {
    await captureLoop(
      context,
      plan,
      async ({ model, suspects, clean1, clean2, read }) => {
        maxima ??= new RunningMaxima(model);
        const groups = { suspect: read(suspects), clean1: read(clean1), clean2: read(clean2) };
        maxima.add(batchDifferenceTensors(model, groups, surrogate));
        for (const batch of Object.values(groups)) disposeBatch(batch);
      },
      async (epoch) => {
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
    );
  } finally {
    maxima?.dispose();
  }
  if (!kept || !last) throw new Error("Batch level ran no epoch.");
  const features = limitFeatures(context, kept, last.z);
  const { z, differences } = last;
  await writeBatchLevel(
    paths.importantFeatures,
    { importantFeatures: features, z, differences },
    originOf(context),
  );
  reporter.info(`batch level: ${features.length} important features saved in ${paths.importantFeatures}`);
  const figures = [
    await renderFigure(zScoresFigure(z, config.k1, features), join(paths.resultsDir, "Max_diff")),
    await renderFigure(differencesFigure(differences, features), join(paths.resultsDir, "differences")),
  ];
  for (const { png } of figures) reporter.info(`figure: ${png}`);
  return { epochs: config.epBl, numFeatures: features.length };
};

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
