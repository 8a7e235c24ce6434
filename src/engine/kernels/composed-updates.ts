import { tf } from "../tf.js";
import type { Kernels } from "./kernels.js";

/** What moves a network's state, from operations that every backend has. */
export const composedUpdates: Pick<Kernels, "sgd" | "blend"> = {
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

  blend: (a, b, share) => tf.tidy(() => tf.add(tf.mul(a, 1 - share), tf.mul(b, share))),
};
