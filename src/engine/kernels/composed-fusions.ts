import { tf } from "../tf.js";
import type { Kernels, MomentRule } from "./kernels.js";

/** What some engines do in one pass, from operations that every backend has. */
export const composedFusions: Pick<
  Kernels,
  "sgd" | "moments" | "crossEntropy" | "blend" | "sum" | "reluOfSum"
> = {
  *sgd(parameters, { learningRate, momentum, weightDecay, nesterov }) {
    for (const { gradient, value, velocity: previous } of parameters) {
      const [velocity, moved] = tf.tidy(() => {
        const decayed = tf.add(gradient, tf.mul(value, weightDecay));
        const velocity = previous ? tf.add(tf.mul(previous, momentum), decayed) : decayed;
        const direction = nesterov ? tf.add(decayed, tf.mul(velocity, momentum)) : velocity;
        return [velocity, tf.sub(value, tf.mul(direction, learningRate))];
      });
      yield { velocity, value: moved };
    }
  },

  *moments(parameters, rule) {
    for (const { gradient, value, moments } of parameters) {
      const [first, second, moved] = tf.tidy(() => {
        const first = runningMean(moments?.first, gradient, rule.beta1);
        const second = runningMean(moments?.second, tf.square(gradient), rule.beta2);
        return [first, second, tf.sub(value, change(first, second, rule))];
      });
      yield { moments: { first, second }, value: moved };
    }
  },

  crossEntropy(logits, labels, reduction) {
    const [n, numClasses] = logits.shape;
    const [loss, gradient] = tf.tidy(() => {
      const target = tf.oneHot(labels, numClasses);
      const logProbabilities = tf.logSoftmax(logits);
      const loss = tf.div<tf.Scalar>(tf.sum(tf.mul(logProbabilities, target)), -n);
      const excess = tf.sub<tf.Tensor2D>(tf.exp(logProbabilities), target);
      return [loss, reduction === "mean" ? tf.div<tf.Tensor2D>(excess, n) : excess] as const;
    });
    return { loss, gradient };
  },

  blend: (pairs, share) =>
    pairs.map(([a, b]) => tf.tidy(() => tf.add(tf.mul(a, 1 - share), tf.mul(b, share)))),

  sum: (a, b) => tf.add(a, b),

  reluOfSum: (a, b) => tf.tidy(() => tf.relu(tf.add(a, b))),
};

function runningMean(previous: tf.Tensor | undefined, fresh: tf.Tensor, beta: number): tf.Tensor {
  const added = tf.mul(fresh, 1 - beta);
  return previous ? tf.add(tf.mul(previous, beta), added) : added;
}

function change(first: tf.Tensor, second: tf.Tensor, { factor, scaled }: MomentRule): tf.Tensor {
  const step = tf.mul(first, factor);
  if (!scaled) return step;
  const { correction, divisor, epsilon } = scaled;
  return tf.div(tf.mul(step, correction), tf.add(tf.div(tf.sqrt(second), divisor), epsilon));
}
