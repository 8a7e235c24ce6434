import { indicesOfClass } from "../datasets/select.js";
import { UserError } from "../errors.js";
import { cleanSuspectCount, drawSuspectSet } from "../provenance/suspect-set.js";
import type { Rng } from "../random/rng.js";
import { epochBatches } from "../training/train.js";
import type { StageContext } from "./context.js";

/** What decides who is captured; known before an attack is crafted. */
type CaptureInput = Pick<StageContext, "config" | "dataset" | "poisonIds" | "rng">;

/** Who is captured in a capture stage, and with which batches. */
export interface CapturePlan {
  readonly name: "batch level" | "sample level";
  readonly baseEpochs: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly suspects: ReadonlySet<number>;
  /** Where clean-1 and clean-2 come from; an id beyond the training set is a test image's (see `sampleImages`). */
  readonly reference: Int32Array;
  /** The stage's stream. */
  readonly rng: Rng;
}

/**
 * Both capture stages' suspects and references, checked to suffice for every batch to come.
 * @throws UserError with the numbers when the target class has too few clean samples
 */
export function planCapture(
  { config, dataset, poisonIds, rng }: CaptureInput,
  name: CapturePlan["name"],
): CapturePlan {
  // No attack touches labels, so these are the poisoned set's as well.
  const { labels } = dataset.train;
  const targetIds = indicesOfClass(labels, config.targetClass);
  const numClean = targetIds.length - poisonIds.length;
  const wanted = cleanSuspectCount(poisonIds.length, config.prSus);
  const counts = `Class ${config.targetClass} has ${targetIds.length} training images, ${poisonIds.length} of them poisoned.`;
  if (poisonIds.length === 0) throw tooFew(`${counts} There is nothing to capture.`);
  if (wanted > numClean)
    throw tooFew(`${counts} A suspect set with --pr_sus ${config.prSus} needs ${wanted} clean ones.`);
  const { suspects, reference } = drawSuspectSet(targetIds, poisonIds, config.prSus, rng);
  const trainSize = labels.length;
  const testIds = indicesOfClass(dataset.test.labels, config.targetClass).map((id) => id + trainSize);
  const isBatchLevel = name === "batch level";
  const plan: CapturePlan = {
    name,
    baseEpochs: isBatchLevel ? config.epBlBase : config.epSlBase,
    epochs: isBatchLevel ? config.epBl : config.epSl,
    batchSize: isBatchLevel ? config.bsBl : config.bsSl,
    suspects: new Set(suspects),
    reference: config.sampleFromTest ? testIds : reference,
    rng: rng.fork(name),
  };
  const most = mostSuspects(plan, trainSize);
  if (plan.reference.length < 2 * most) {
    const source = config.sampleFromTest
      ? "clean test images of the class"
      : "clean samples left in the class";
    throw tooFew(
      `${counts} With ${suspects.length} suspects, a batch of ${name} holds up to ${most}, whose two clean groups ` +
        `need ${2 * most} samples; there are ${plan.reference.length} ${source}.`,
    );
  }
  return plan;
}

/** The batches are known in advance: streams are addressed by epoch. */
function mostSuspects(plan: CapturePlan, trainSize: number): number {
  const ids = Int32Array.from({ length: trainSize }, (_, id) => id);
  let most = 0;
  for (let epoch = plan.baseEpochs; epoch < plan.baseEpochs + plan.epochs; epoch++) {
    for (const batch of epochBatches(ids, plan.batchSize, plan.rng, epoch)) {
      most = Math.max(most, batch.filter((id) => plan.suspects.has(id)).length);
    }
  }
  return most;
}

const tooFew = (message: string): UserError =>
  new UserError(
    message,
    "Use a smaller --pr_tgt, a larger --pr_sus, a smaller batch (--bs_bl, --bs_sl), --sample_from_test, or more images.",
  );
