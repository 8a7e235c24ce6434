import { sampleLevel as captureIncrements } from "../../capture/sample-level.js";
import { whileLocked } from "../../files/lock.js";
import { formatBytes } from "../../format.js";
import { readBatchLevel } from "../../store/provenance-store.js";
import { RowSegments } from "../../store/row-segments.js";
import { progressFolder } from "../../training/progress-file.js";
import { trainingProgress } from "../../training/training-progress.js";
import { type Contents, originOf } from "../../workflow/artefact.js";
import { loadBaseModel } from "../base-model.js";
import { type CapturePlan, planCapture } from "../capture-plan.js";
import { arrayOrigin, checkManifest, finishedCapture, withSuspicion } from "../captured.js";
import type { Experiment, Stage } from "../experiment.js";
import { surrogateOf } from "../surrogate.js";

/** Captures what each suspect and each clean reference sample does to the important features (method, section 4). */
export const sampleLevel: Stage = async (experiment) => {
  const { artefacts, config, run, truth } = experiment;
  const { features: featureArtefact, increments: artefact } = artefacts;
  const plan = planCapture({ ...experiment, poisonIds: truth.allPoisonIds }, "sample level");
  const contents = withSuspicion(experiment.contents, plan.suspicion);
  const { importantFeatures: features, manifest } = await readBatchLevel(featureArtefact.path);
  await checkManifest(featureArtefact, manifest, contents, "batch_level");
  const finished = await finishedCapture(experiment, artefact, contents, "sample_level");
  if (finished) return { epochs: config.epSl, numFeatures: features.length };
  const rows = 2 * plan.suspicion.suspects.length * plan.schedule.epochs;
  const bytes = formatBytes(rows * features.length * 4);
  run.reporter.info(
    `sample level: ${rows} rows x ${features.length} features, ${bytes} on disk and as much memory when scoring`,
  );
  await whileLocked(artefact.path, () => captureAndSave(experiment, plan, contents, features));
  run.reporter.info(`sample level: increments saved in ${artefact.path}`);
  return { epochs: config.epSl, numFeatures: features.length };
};

async function captureAndSave(
  experiment: Experiment,
  { suspicion, schedule }: CapturePlan,
  contents: Contents,
  features: Int32Array,
): Promise<void> {
  const { artefacts, config, subject, run } = experiment;
  const artefact = artefacts.increments;
  const base = await loadBaseModel(experiment, schedule.baseEpochs);
  const origin = await originOf(artefact, contents);
  const progress = trainingProgress(artefact.path, origin, config.checkpointSeconds);
  if (config.force) await progress.remove();
  const recorded = await arrayOrigin(experiment, artefact, contents);
  const [rows] = await captureIncrements({
    subject,
    suspicions: [suspicion],
    schedule,
    base,
    surrogate: surrogateOf(config),
    features: [features],
    openSink: (_, pieces) => RowSegments.open(progressFolder(artefact.path), features, recorded, pieces),
    progress,
    run,
  });
  await rows.finish(artefact.path);
  await progress.remove();
  await rows.remove();
}
