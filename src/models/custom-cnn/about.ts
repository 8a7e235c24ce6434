import type { ModelAbout } from "../about.js";

/** AlexNet cut down for 32x32 images. */
export const customCnn: ModelAbout = {
  width: 64,
  forwardFlops: 86e6,
  // The Adversarial Robustness Toolbox's step for its 4096 features, and its stop at a sum of 10 over a batch of 25.
  featureCollision: { stepLength: 0.001, distance: 10 / 25 },
  load: async () => (await import("./custom-cnn.js")).customCnn,
};
