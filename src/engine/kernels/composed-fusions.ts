import { tf } from "../tf.js";
import type { Kernels } from "./kernels.js";

/** What some engines do in one pass, from operations that every backend has. */
export const composedFusions: Pick<Kernels, "sgd" | "blend" | "reluOfSum"> = {
  sgd: (parameters, { learningRate, momentum, weightDecay, nesterov }) =>
    parameters.map(({ gradient, value, velocity: previous }) => {
      const [velocity, moved] = tf.tidy(() => {
        const decayed = tf.add(gradient, tf.mul(value, weightDecay));
        const velocity = previous ? tf.add(tf.mul(previous, momentum), decayed) : decayed;
        const direction = nesterov ? tf.add(decayed, tf.mul(velocity, momentum)) : velocity;
        return [velocity, tf.sub(value, tf.mul(direction, learningRate))];
      });
      return { velocity, value: moved };
    }),

  blend: (pairs, share) =>
    pairs.map(([a, b]) => tf.tidy(() => tf.add(tf.mul(a, 1 - share), tf.mul(b, share)))),

  reluOfSum: (a, b) => tf.tidy(() => tf.relu(tf.add(a, b))),
};
