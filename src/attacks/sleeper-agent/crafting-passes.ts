import { passes } from "../crafting/passes.js";

/** A step's passes of one image: a gradient and two image gradients. */
export const stepPasses = passes.gradient + 2 * passes.imageGradient;

interface Images {
  readonly poisons: number;
  /** Of which the poisons are chosen. */
  readonly candidates: number;
  /** Patched source images. */
  readonly triggers: number;
  /** The whole training set. */
  readonly train: number;
}
/** Of the attack's options those that cost. */
interface Settings {
  readonly iterations: number;
  readonly segments: number;
  readonly restarts: number;
  readonly retrain_epochs: number;
}

/** What the crafting costs, in forward passes of one image. */
export function craftingPasses(images: Images, settings: Settings): number {
  const { iterations, restarts, retrain_epochs } = settings;
  const retrainings = retrainingSteps(settings).size;
  const choosing = images.poisons < images.candidates ? images.candidates : 0;
  const measuring = (1 + restarts) * images.poisons + images.triggers;
  const targets = restarts * (1 + retrainings) * images.triggers;
  const training = restarts * retrainings * retrain_epochs * images.train;
  const steps = restarts * iterations * images.poisons;
  return (choosing + measuring + targets + training) * passes.gradient + steps * stepPasses;
}

/** Steps before which a network is trained anew: the starts of all segments but the first. */
export function retrainingSteps({
  iterations,
  segments,
}: Pick<Settings, "iterations" | "segments">): ReadonlySet<number> {
  const starts = Array.from({ length: segments }, (_, i) => Math.floor((i * iterations) / segments));
  return new Set(starts.filter((step) => step > 0));
}
