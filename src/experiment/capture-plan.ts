import { type CaptureSchedule, mostSuspectsInABatch } from "../capture/schedule.js";
import type { Suspicion } from "../capture/suspicion.js";
import type { Dataset } from "../datasets/image-set.js";
import { allIds, indicesOfClass, joinIds } from "../datasets/select.js";
import { UserError } from "../errors.js";
import type { Rng } from "../random/rng.js";
import type { RunConfig } from "./run-config.js";
import { cleanSuspectCount, drawSuspectSet } from "./suspect-set.js";

/** What decides who is captured; known before an attack is crafted. */
interface PlanInput {
  readonly config: RunConfig;
  readonly dataset: Dataset;
  /** int32, ascending */
  readonly poisonIds: Int32Array;
  /** The run's root stream: both capture stages must draw the same suspects. */
  readonly rng: Rng;
}

/** Whom an experiment watches in a capture stage, and when. */
export interface CapturePlan {
  readonly suspicion: Suspicion;
  readonly schedule: CaptureSchedule;
}

/**
 * A capture stage's suspects and references, checked to suffice for every batch to come. A reference beyond the training set
 * is a test image's row, counted on.
 * @throws UserError with the numbers when the target class has too few clean samples
 */
export function planCapture(input: PlanInput, name: "batch level" | "sample level"): CapturePlan {
  const { config, dataset, poisonIds, rng } = input;
  const { labels } = dataset.train;
  // An attack may have given the class's label to images of others.
  const targetIds = joinIds(indicesOfClass(labels, config.targetClass), poisonIds);
  const counts = `Class ${config.targetClass} has ${targetIds.length} training images, ${poisonIds.length} of them poisoned.`;
  checkCleanSuspects(input, targetIds.length, counts);
  const { suspects, reference } = drawSuspectSet(targetIds, poisonIds, config.prSus, rng);
  const testIds = indicesOfClass(dataset.test.labels, config.targetClass).map((id) => id + labels.length);
  const suspicion = { name: "", suspects, reference: config.sampleFromTest ? testIds : reference };
  const isBatchLevel = name === "batch level";
  const schedule: CaptureSchedule = {
    name,
    baseEpochs: isBatchLevel ? config.epBlBase : config.epSlBase,
    epochs: isBatchLevel ? config.epBl : config.epSl,
    batchSize: isBatchLevel ? config.bsBl : config.bsSl,
    rng: rng.fork(name),
  };
  const most = mostSuspectsInABatch(schedule, allIds(labels.length), suspects);
  if (suspicion.reference.length < 2 * most) {
    const source = config.sampleFromTest
      ? "clean test images of the class"
      : "clean samples left in the class";
    throw tooFew(
      `${counts} With ${suspects.length} suspects, a batch of ${name} holds up to ${most}, whose two clean groups ` +
        `need ${2 * most} samples; there are ${suspicion.reference.length} ${source}.`,
    );
  }
  return { suspicion, schedule };
}

function checkCleanSuspects({ config, poisonIds }: PlanInput, classSize: number, counts: string): void {
  const wanted = cleanSuspectCount(poisonIds.length, config.prSus);
  if (poisonIds.length === 0) throw tooFew(`${counts} There is nothing to capture.`);
  if (wanted > classSize - poisonIds.length)
    throw tooFew(`${counts} A suspect set with --pr_sus ${config.prSus} needs ${wanted} clean ones.`);
}

const tooFew = (message: string): UserError =>
  new UserError(
    message,
    "Use a smaller --pr_tgt, a larger --pr_sus, a smaller batch (--bs_bl, --bs_sl), --sample_from_test, or more images.",
  );
