import { tf } from "../../engine/tf.js";
import { UserError } from "../../errors.js";

/** The kernel of every pair of rows, in memory that threads share. */
export interface KernelTable {
  /** Number of rows. */
  readonly size: number;
  /** float32 [size, size], row-major, symmetric */
  readonly values: Float32Array<SharedArrayBuffer>;
}

/** 4 GiB of kernel values. */
const MAX_ROWS = 32_768;
/** Rows computed at once. */
const BLOCK = 1024;

/**
 * The radial kernel exp(-gamma |x - y|^2) of all rows with each other.
 * @param table float32 [numRows, numColumns]; borrowed
 * @throws UserError when the kernel of so many rows is too large
 */
export async function radialKernel(table: tf.Tensor2D, gamma: number): Promise<KernelTable> {
  const [size, numColumns] = table.shape;
  if (size > MAX_ROWS) {
    const gib = ((4 * size * size) / 2 ** 30).toFixed(0);
    throw new UserError(
      `--cv_model KernelSVM compares each of the ${size} rows with each other: ${gib} GiB, at most 4 are possible.`,
      "Use another --cv_model, or capture fewer rows (--ep_sl).",
    );
  }
  const values = new Float32Array(new SharedArrayBuffer(4 * size * size));
  // The WebAssembly engine multiplies fast only what need not be transposed on the way.
  const [transposed, squares] = tf.tidy(() => [tf.transpose(table), tf.sum(tf.square(table), 1)]);
  try {
    for (let start = 0; start < size; start += BLOCK) {
      const count = Math.min(BLOCK, size - start);
      const block = tf.tidy(() => {
        const products = tf.matMul(tf.slice(table, [start, 0], [count, numColumns]), transposed);
        const lengths = tf.add(tf.reshape(tf.slice(squares, start, count), [count, 1]), squares);
        const distances = tf.relu(tf.sub(lengths, tf.mul(products, 2)));
        return tf.exp(tf.mul(distances, -gamma));
      });
      values.set(await block.data<"float32">(), start * size);
      block.dispose();
    }
  } finally {
    tf.dispose([transposed, squares]);
  }
  return { size, values };
}
