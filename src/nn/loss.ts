import { kernels } from "../engine/kernels/index.js";
import type { CrossEntropy } from "../engine/kernels/kernels.js";
import type { tf } from "../engine/tf.js";

/** Softmax cross-entropy, see `Kernels.crossEntropy`. */
export const crossEntropy = (
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  reduction: "mean" | "none" = "mean",
): CrossEntropy => kernels().crossEntropy(logits, labels, reduction);
