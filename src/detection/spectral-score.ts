import type { Matrix } from "../scoring/table/matrix.js";

/** Power iteration ends when the direction moves by less than this, or after so many rounds. */
const [tolerance, maxRounds] = [1e-9, 1000];

/**
 * Spectral signatures (Tran et al., arXiv:1811.00636): the squared projection of each row, less the mean row, on the direction
 * in which the rows vary most (the top right singular vector, by power iteration).
 *
 * Given the rows of suspects and of trusted samples together, it treats them alike, so that all trusted ones can calibrate it.
 * @param rows int32, rows of the table
 * @returns float64 [rows.length]
 */
export function spectralScores({ cols, data }: Matrix, rows: Int32Array): Float64Array {
  const mean = new Float64Array(cols);
  for (const row of rows) for (let c = 0; c < cols; c++) mean[c] += data[row * cols + c] / rows.length;
  const project = (direction: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += (data[row * cols + c] - mean[c]) * direction[c];
      return sum;
    });
  // The row farthest from the mean is not orthogonal to the direction but by accident, as a fixed start could be.
  let direction = unit(farthest({ cols, data, rows: data.length / cols }, rows, mean));
  for (let round = 0; round < maxRounds; round++) {
    const weights = project(direction);
    const next = new Float64Array(cols);
    rows.forEach((row, i) => {
      for (let c = 0; c < cols; c++) next[c] += weights[i] * (data[row * cols + c] - mean[c]);
    });
    const turned = unit(next);
    const moved = turned.reduce((most, value, c) => Math.max(most, Math.abs(value - direction[c])), 0);
    direction = turned;
    if (moved < tolerance) break;
  }
  return project(direction).map((value) => value * value);
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function farthest({ cols, data }: Matrix, rows: Int32Array, mean: Float64Array): Float64Array {
  let best = new Float64Array(cols);
  let longest = -1;
  for (const row of rows) {
    const difference = mean.map((value, c) => data[row * cols + c] - value);
    const squares = difference.reduce((sum, value) => sum + value * value, 0);
    if (squares > longest) [longest, best] = [squares, difference];
  }
  return best;
}
