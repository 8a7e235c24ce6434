import type { Collision } from "./feature-collision.js";

/** Longest first. */
const lengths = [10, 1, 0.1, 1e-2, 1e-3, 1e-4];

/** Steps tried with each, and the share of them after which the loss must be lower than before. */
const trial = { steps: 20, share: 0.9 };

/** Trial steps at most, whatever `start` starts. */
export const trialSteps = lengths.length * trial.steps;

/**
 * The longest step, a power of ten, with which the loss falls nearly every time until it is good enough. Features differ
 * by orders of magnitude between networks, and with them the gradient of their distance.
 * @param start begins anew; what it gives is disposed here
 * @param onStep told how many of `trialSteps` are done or spared
 * @returns the shortest when the loss falls with none
 */
export async function findStepLength(
  start: () => Promise<Collision>,
  goodEnough: (firstLoss: number) => number,
  onStep: (done: number) => Promise<void>,
): Promise<number> {
  for (const [i, length] of lengths.entries()) {
    const collision = await start();
    try {
      const goal = goodEnough(collision.loss);
      let failures = 0;
      for (let step = 1; step <= trial.steps && isPromising(failures) && collision.loss > goal; step++) {
        const before = collision.loss;
        await collision.move(length);
        if (collision.loss >= before) failures++;
        await onStep(i * trial.steps + step);
      }
      if (isPromising(failures)) return length;
    } finally {
      collision.dispose();
    }
  }
  return lengths[lengths.length - 1];
}

const isPromising = (failures: number): boolean => trial.steps - failures >= trial.share * trial.steps;
