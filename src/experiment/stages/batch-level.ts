import { join } from "node:path";
import { batchLevel as captureFeatures } from "../../capture/batch-level.js";
import { whileLocked } from "../../files/lock.js";
import { differencesFigure } from "../../plots/differences.js";
import { renderFigure } from "../../plots/render.js";
import { zScoresFigure } from "../../plots/z-scores.js";
import { strongestFeatures } from "../../provenance/select-features.js";
import { type BatchLevelArrays, writeBatchLevel } from "../../store/provenance-store.js";
import { trainingProgress } from "../../training/training-progress.js";
import { type Contents, originOf } from "../../workflow/artefact.js";
import { loadBaseModel } from "../base-model.js";
import { type CapturePlan, planCapture } from "../capture-plan.js";
import { arrayOrigin, finishedCapture, withSuspicion } from "../captured.js";
import type { Experiment, Stage } from "../experiment.js";
import { surrogateOf } from "../surrogate.js";

/** Finds the features that suspects move unlike clean samples (method, section 3). */
export const batchLevel: Stage = async (experiment) => {
  const { artefacts, config, paths, run, truth } = experiment;
  const artefact = artefacts.features;
  const plan = planCapture({ ...experiment, poisonIds: truth.allPoisonIds }, "batch level");
  const contents = withSuspicion(experiment.contents, plan.suspicion);
  const finished = await finishedCapture(experiment, artefact, contents, "batch_level");
  if (finished) return { epochs: config.epBl, numFeatures: finished.arrays.important_features.shape[0] };
  const arrays = await whileLocked(artefact.path, () => captureAndSave(experiment, plan, contents));
  const { importantFeatures, z, differences } = arrays;
  run.reporter.info(`batch level: ${importantFeatures.length} important features saved in ${artefact.path}`);
  const figures = [
    await renderFigure(zScoresFigure(z, config.k1, importantFeatures), join(paths.resultsDir, "Max_diff")),
    await renderFigure(
      differencesFigure(differences, importantFeatures),
      join(paths.resultsDir, "differences"),
    ),
  ];
  for (const { png } of figures) run.reporter.info(`figure: ${png}`);
  return { epochs: config.epBl, numFeatures: importantFeatures.length };
};

async function captureAndSave(
  experiment: Experiment,
  { suspicion, schedule }: CapturePlan,
  contents: Contents,
): Promise<BatchLevelArrays> {
  const { artefacts, config, subject, run } = experiment;
  const artefact = artefacts.features;
  const base = await loadBaseModel(experiment, schedule.baseEpochs);
  const origin = await originOf(artefact, contents);
  const progress = trainingProgress(artefact.path, origin, config.checkpointSeconds);
  if (config.force) await progress.remove();
  const [{ features, last }] = await captureFeatures({
    subject,
    suspicions: [suspicion],
    schedule,
    base,
    surrogate: surrogateOf(config),
    k: config.k1,
    progress,
    run,
  });
  const importantFeatures = limitFeatures(experiment, features, last.z);
  const arrays = { importantFeatures, z: last.z, differences: last.differences };
  await writeBatchLevel(artefact.path, arrays, await arrayOrigin(experiment, artefact, contents));
  await progress.remove();
  return arrays;
}

function limitFeatures({ config, run }: Experiment, features: Int32Array, z: Float32Array): Int32Array {
  if (features.length <= config.maxFeatures) return features;
  run.reporter.warn(
    `${features.length} features are more than --max_features ${config.maxFeatures}; those with the highest |z| are kept`,
  );
  return strongestFeatures(features, z, config.maxFeatures);
}
