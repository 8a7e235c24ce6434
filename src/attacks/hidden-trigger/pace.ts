import { aboutModel } from "../../models/registry.js";
import type { Reporter } from "../../reporter.js";
import type { Collision } from "./feature-collision.js";
import { findStepLength, trialSteps } from "./step-length.js";

/** How poisons come close to the features of their goals on a network; distances are squared, means over a batch. */
export interface Pace {
  /** Length of the first step. */
  readonly length: number;
  readonly goodEnough: (firstLoss: number) => number;
}

/** Part of the first distance that is good enough on networks for which nothing is published. */
const closeEnough = 0.01;

/**
 * As published where something is published for the network; on others the step length is found by trial.
 * @param given the step length, where the user chose it
 * @param start begins a batch
 * @param breathe called between steps
 */
export async function paceOn(
  network: string,
  given: number | "auto",
  start: () => Promise<Collision>,
  breathe: () => Promise<void>,
  reporter: Reporter,
): Promise<Pace> {
  const published = aboutModel(network)?.featureCollision;
  const goodEnough = (firstLoss: number) => published?.distance ?? closeEnough * firstLoss;
  const length = given !== "auto" ? given : (published?.stepLength ?? (await byTrial()));
  const end = published
    ? `a squared feature distance below ${published.distance}`
    : `${100 * closeEnough} % of its first distance`;
  reporter.info(`ht: steps of ${length} along the gradient; a batch is done at ${end}`);
  return { length, goodEnough };

  async function byTrial(): Promise<number> {
    const progress = reporter.progress("ht: finding the step length", trialSteps);
    try {
      return await findStepLength(start, goodEnough, async (done) => {
        progress.update(done);
        await breathe();
      });
    } finally {
      progress.stop();
    }
  }
}
