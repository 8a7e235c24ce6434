import type { Matrix } from "../scoring/table/matrix.js";
import type { SplitScorer } from "./split-scorer.js";

/**
 * Mean Euclidean distance to the k nearest rows of `fit`. A row is never its own neighbour: were a ranked trusted sample
 * among `fit`, a distance of 0 would make it look trusted for that reason alone.
 * @param k fewer where `fit` has fewer
 */
export const neighbourScorer = (table: Matrix, k: number): SplitScorer => ({
  async score(fit, ranked) {
    const of = (rows: Int32Array) => Float64Array.from(rows, (row) => meanDistance(table, row, fit, k));
    return { fit: of(fit), ranked: of(ranked) };
  },
  close: async () => {},
});

function meanDistance({ cols, data }: Matrix, row: number, fit: Int32Array, k: number): number {
  const own = data.subarray(row * cols, (row + 1) * cols);
  const others = fit.filter((other) => other !== row);
  const distances = Float64Array.from(others, (other) => {
    let squares = 0;
    for (let c = 0, at = other * cols; c < cols; c++, at++) squares += (own[c] - data[at]) ** 2;
    return Math.sqrt(squares);
  });
  const nearest = distances.sort().subarray(0, k);
  return nearest.reduce((sum, distance) => sum + distance, 0) / nearest.length;
}
