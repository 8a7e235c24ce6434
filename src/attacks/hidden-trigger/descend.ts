import type { tf } from "../../engine/tf.js";
import type { Collision } from "./feature-collision.js";

/** A step's length falls by this every so many steps. */
const decay = { factor: 0.95, every: 2000 };

/** What the length of step `step` (from 0) is multiplied by. */
export const decayAt = (step: number): number => decay.factor ** Math.floor(step / decay.every);

interface DescentOptions {
  /** Length of the first step. */
  readonly length: number;
  /** Steps at most. */
  readonly steps: number;
  /** The loss at which it is good enough. */
  readonly goodEnough: (firstLoss: number) => number;
  readonly onStep: (step: number, loss: number) => Promise<void>;
}

/** How far a descent came. */
export interface Descent {
  /** float32 [N, H, W, C] in [0, 1], where the loss was lowest after a step; owned by the caller */
  readonly images: tf.Tensor4D;
  readonly firstLoss: number;
  readonly loss: number;
}

/** Moves a collision's images until they are close enough, or the steps are used up; at least once. */
export async function descend(collision: Collision, options: DescentOptions): Promise<Descent> {
  const firstLoss = collision.loss;
  const goal = options.goodEnough(firstLoss);
  let best: { images: tf.Tensor4D; loss: number } | undefined;
  try {
    for (let step = 0; step < options.steps && !(best && best.loss < goal); step++) {
      await collision.move(options.length * decayAt(step));
      const { images, loss } = collision;
      if (!best || loss < best.loss) {
        best?.images.dispose();
        best = { images: images.clone(), loss };
      }
      await options.onStep(step + 1, loss);
    }
  } catch (error) {
    best?.images.dispose();
    throw error;
  }
  if (!best) throw new Error("A descent without a step.");
  return { ...best, firstLoss };
}
