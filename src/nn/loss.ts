import { tf } from "../engine/tf.js";

interface CrossEntropy {
  /** float32 scalar, mean over the batch */
  readonly loss: tf.Scalar;
  /** float32 [N, numClasses], d loss / d logits */
  readonly gradient: tf.Tensor2D;
}

/**
 * Softmax cross-entropy.
 * @param logits float32 [N, numClasses]
 * @param labels int32 [N]
 * @param reduction mean: the gradient of the mean loss; none: row n is the gradient of sample n's own loss
 */
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  reduction: "mean" | "none" = "mean",
): CrossEntropy {
  const [n, numClasses] = logits.shape;
  const [loss, gradient] = tf.tidy(() => {
    const target = tf.oneHot(labels, numClasses);
    const logProbabilities = tf.logSoftmax(logits);
    const loss = tf.div<tf.Scalar>(tf.sum(tf.mul(logProbabilities, target)), -n);
    const excess = tf.sub<tf.Tensor2D>(tf.exp(logProbabilities), target);
    return [loss, reduction === "mean" ? tf.div<tf.Tensor2D>(excess, n) : excess] as const;
  });
  return { loss, gradient };
}
