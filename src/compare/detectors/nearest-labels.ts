import { tf } from "../../engine/tf.js";
import type { Matrix } from "../../scoring/table/matrix.js";
import type { Detector, DetectorScores, Examined } from "../detector.js";
import { rowsOf } from "../network-pass.js";

/**
 * Deep k-NN (Peri et al., arXiv:1909.13374): the share of an image's nearest neighbours, by the cosine of penultimate activations, that
 * carry another label. Own cut: more than half.
 */
export const deepNeighbours: Detector = {
  title: "deep k-NN",
  about: "k twice the assumed number of poisons; own cut: most neighbours carry another label",
  usesShare: true,
  score: (examined) =>
    otherLabels(examined, 2 * Math.round(examined.assumedShare * examined.pass.labels.length)),
};

export const fiftyNeighbours: Detector = {
  title: "k-NN, k = 50",
  about: "own cut: most of the 50 neighbours carry another label",
  score: (examined) => otherLabels(examined, 50),
};

async function otherLabels({ label, members, pass }: Examined, wanted: number): Promise<DetectorScores> {
  const k = Math.max(1, Math.min(wanted, pass.labels.length - 1));
  const neighbours = await nearest(pass.features, members, k);
  const scores = Float64Array.from(neighbours, (rows) => {
    const same = rows.reduce((count, row) => count + (pass.labels[row] === label ? 1 : 0), 0);
    return 1 - same / k;
  });
  return { scores, flagged: Uint8Array.from(scores, (score) => (score > 0.5 ? 1 : 0)) };
}

/** Similarities that are held at once. */
const blockSize = 4e6;

/** By member, the k rows with the largest cosine, itself not counted. */
async function nearest(features: Matrix, members: Int32Array, k: number): Promise<Int32Array[]> {
  const all = unit(features);
  const found: Int32Array[] = [];
  const block = Math.max(1, Math.floor(blockSize / all.shape[0]));
  try {
    for (let start = 0; start < members.length; start += block) {
      const rows = members.subarray(start, start + block);
      const similarities = tf.tidy(() => {
        const own = unit(rowsOf(features, rows));
        return tf.matMul(own, all, false, true);
      });
      const values = await similarities.data<"float32">();
      similarities.dispose();
      const n = features.rows;
      rows.forEach((row, i) => {
        const own = values.subarray(i * n, (i + 1) * n);
        own[row] = Number.NEGATIVE_INFINITY;
        found.push(largest(own, k));
      });
    }
  } finally {
    all.dispose();
  }
  return found;
}

/** Positions of the k largest values; of equal ones the first. */
function largest(values: Float32Array, k: number): Int32Array {
  const limit = values.slice().sort()[values.length - k];
  const above: number[] = [];
  const equal: number[] = [];
  values.forEach((value, i) => {
    if (value > limit) above.push(i);
    else if (value === limit) equal.push(i);
  });
  return Int32Array.from([...above, ...equal.slice(0, k - above.length)]);
}

/** Rows of length 1. @returns float32 [rows, cols], owned by the caller */
const unit = ({ rows, cols, data }: Matrix): tf.Tensor2D =>
  tf.tidy(() => {
    const table = tf.tensor2d(data, [rows, cols]);
    return tf.div(table, tf.maximum(tf.norm(table, "euclidean", 1, true), 1e-12)) as tf.Tensor2D;
  });
