import { createRng } from "../../src/random/rng.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";

/** Standard normal values. */
export function normals(count: number, seed: string): number[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => rng.normal());
}

/**
 * Normal noise; rows with label 1 (every second one) are moved by `shift` in the first `informative` columns.
 */
export function labelledTable(
  rows: number,
  cols: number,
  { informative, shift, seed }: { informative: number; shift: number; seed: string },
): { matrix: Matrix; labels: Uint8Array } {
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % 2);
  const data = Float32Array.from(normals(rows * cols, seed));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < informative; column++) data[row * cols + column] += shift * labels[row];
  }
  return { matrix: { rows, cols, data }, labels };
}

/** Probability that a row with label 1 has the higher score; equal scores count half. */
export function areaUnderCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let won = 0;
  let pairs = 0;
  for (let i = 0; i < scores.length; i++) {
    for (let j = 0; j < scores.length; j++) {
      if (labels[i] !== 1 || labels[j] !== 0) continue;
      pairs++;
      won += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }
  }
  return won / pairs;
}
