import type { Normalization } from "../../datasets/image-set.js";
import { tf } from "../../engine/tf.js";
import { RunError } from "../../errors.js";
import type { GradientSink, Recorded } from "../../nn/layer.js";
import type { Model } from "../../nn/model.js";
import { finiteMark } from "../crafting/finite-gradients.js";
import { networkInput } from "../crafting/unit-images.js";
import type { Pairing } from "./pairing.js";

interface CollisionOptions {
  /** Radius of the L-infinity ball, in [0, 1] units. */
  readonly eps: number;
  readonly normalization: Normalization;
  readonly pair: Pairing;
}

/** Images that move, within a ball around where they started, to where a network's features are those of others. */
export interface Collision {
  /** float32 [N, H, W, C] in [0, 1]; borrowed, valid until the next move */
  readonly images: tf.Tensor4D;
  /** Squared distance of an image's features to those of its goal, mean over the images. */
  readonly loss: number;
  /** One step down the gradient of the summed distances. @param length factor of the gradient, for images in [0, 1] */
  move(length: number): Promise<void>;
  dispose(): void;
}

/** One place of the images, and the features seen there. */
interface Look {
  readonly images: tf.Tensor4D;
  readonly input: tf.Tensor4D;
  readonly features: Recorded;
  /** int32 [N] */
  readonly goals: Int32Array;
  readonly loss: number;
}

/**
 * The model is in evaluation mode throughout.
 * @param images float32 [N, H, W, C] in [0, 1], where they start; borrowed
 * @param goals float32 [N, H, W, C] in [0, 1], the images whose features are wanted; borrowed
 * @throws RunError when features are not finite
 */
export async function startCollision(
  model: Model,
  images: tf.Tensor4D,
  goals: tf.Tensor4D,
  { eps, normalization, pair }: CollisionOptions,
): Promise<Collision> {
  const std = tf.tensor1d([...normalization.std]);
  const lowest = tf.tidy(() => tf.maximum(tf.sub(images, eps), 0));
  const highest = tf.tidy(() => tf.minimum(tf.add(images, eps), 1));
  const wanted = featuresOf(model, networkInput(goals, normalization));

  /** Takes over `place`. @param mark 0, or NaN when the step to it was not finite; borrowed */
  async function look(place: tf.Tensor4D, previous: Int32Array, mark?: tf.Scalar): Promise<Look> {
    const input = networkInput(place, normalization);
    const features = model.features(input, { training: false, statistics: "batch", record: true });
    const seen = { images: place, input, features };
    const distances = tf.tidy(() => {
      const found = squaredDistances(wanted, features.output as tf.Tensor2D);
      // One answer of the device tells both.
      return mark ? tf.add<tf.Tensor2D>(found, mark) : found;
    });
    try {
      const values = (await distances.data()) as Float32Array;
      if (!values.every(Number.isFinite))
        throw new RunError(
          "The clean model's features, or their gradients, are not all finite.",
          "Use another --clean_model_path.",
        );
      const chosen = pair(values, previous);
      const n = chosen.length;
      const loss = chosen.reduce((sum, goal, image) => sum + values[goal * n + image], 0) / n;
      return { ...seen, goals: chosen, loss };
    } catch (error) {
      forget(seen);
      throw error;
    } finally {
      distances.dispose();
    }
  }

  function next(
    { images: place, features, goals: chosen }: Look,
    length: number,
  ): { moved: tf.Tensor4D; mark: tf.Scalar } {
    const dy = tf.tidy(() => tf.mul(tf.sub(features.output, tf.gather(wanted, chosen)), 2));
    const dx = features.backward(dy, noParameters, true);
    dy.dispose();
    if (!dx) throw new Error("The network gave no input gradient.");
    const moved = tf.tidy(() => {
      const free = tf.sub(place, tf.mul(tf.div(dx, std), length));
      return tf.minimum<tf.Tensor4D>(tf.maximum(free, lowest), highest);
    });
    const mark = finiteMark(dx);
    dx.dispose();
    return { moved, mark };
  }

  const shared = [std, lowest, highest, wanted];
  const oneToOne = Int32Array.from({ length: images.shape[0] }, (_, i) => i);
  let now = await look(images.clone(), oneToOne).catch((error: unknown) => {
    tf.dispose(shared);
    throw error;
  });
  return {
    get images() {
      return now.images;
    },
    get loss() {
      return now.loss;
    },
    async move(length) {
      const { moved, mark } = next(now, length);
      forget(now);
      now = await look(moved, now.goals, mark).finally(() => mark.dispose());
    },
    dispose() {
      forget(now);
      tf.dispose(shared);
    },
  };
}

/** Takes over `input`. @returns float32 [N, F] */
function featuresOf(model: Model, input: tf.Tensor4D): tf.Tensor2D {
  const recorded = model.features(input, { training: false, statistics: "batch", record: false });
  input.dispose();
  return recorded.output as tf.Tensor2D;
}

/** float32 [N, M]: of every row of `a` [N, F] to every row of `b` [M, F]. */
function squaredDistances(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const lengths = tf.add(tf.sum(tf.square(a), 1, true), tf.sum(tf.square(b), 1));
  return tf.relu(tf.sub<tf.Tensor2D>(lengths, tf.mul(tf.matMul(a, b, false, true), 2)));
}

/** May be called twice. */
function forget({ images, input, features }: Pick<Look, "images" | "input" | "features">): void {
  features.dispose();
  tf.dispose([images, input, features.output]);
}

const noParameters: GradientSink = {
  mode: "batch",
  wants: () => false,
  elements: () => {
    throw new Error("A whole-batch gradient has no chosen elements.");
  },
  put: () => {
    throw new Error("No gradient of a parameter was wanted.");
  },
};
