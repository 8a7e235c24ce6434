import type { KernelTable } from "./kernel-table.js";

/** f(x) = sum over training rows i of coefficients[i] * kernel(row i, x), plus the intercept. */
export interface DualModel {
  /** float64 [numTrain], in [-cost, cost]; not 0 for support vectors, positive for label 1 */
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** When to stop, and how far coefficients may go. */
export interface SmoOptions {
  /** Largest coefficient, C. */
  readonly cost: number;
  /** How far the worst pair of rows may be from optimal; 1e-3 in scikit-learn. */
  readonly tolerance: number;
}

/** Smallest curvature along a pair, for rows that are equal. */
const MIN_CURVATURE = 1e-12;

/** A training in progress. */
interface Search {
  readonly kernel: KernelTable;
  /** int32 [numTrain], row numbers in the kernel */
  readonly rows: Int32Array;
  /** float64 [numTrain], bounds of each coefficient */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  /** float64 [numTrain] */
  readonly coefficients: Float64Array;
  /** float64 [numTrain], what a row's decision value lacks to its label: y - f without the intercept */
  readonly lack: Float64Array;
}

/**
 * Trains a support vector classifier: sequential minimal optimization with the second-order choice of pairs (Fan, Chen,
 * Lin 2005), as in libsvm, without shrinking. Every step moves two coefficients and costs about 4 numTrain reads of the
 * kernel; steps are about as many as rows, many more when the classes overlap and the cost is high.
 * @param rows int32 [numTrain], and uint8 [numTrain] labels, of both kinds
 */
export function trainDual(
  kernel: KernelTable,
  rows: Int32Array,
  labels: Uint8Array,
  { cost, tolerance }: SmoOptions,
): DualModel {
  const search: Search = {
    kernel,
    rows,
    lowest: Float64Array.from(labels, (label) => (label === 1 ? 0 : -cost)),
    highest: Float64Array.from(labels, (label) => (label === 1 ? cost : 0)),
    coefficients: new Float64Array(rows.length),
    lack: Float64Array.from(labels, (label) => (label === 1 ? 1 : -1)),
  };
  const maxSteps = Math.max(100_000, 100 * rows.length);
  for (let step = 0; step < maxSteps; step++) {
    const up = mostWanting(search);
    const { down, gap } = bestPartner(search, up);
    if (down < 0 || gap < tolerance) break;
    movePair(search, up, down);
  }
  return { coefficients: search.coefficients, intercept: interceptOf(search) };
}

/** The row that most wants up. */
function mostWanting({ coefficients, highest, lack }: Search): number {
  let up = -1;
  for (let i = 0; i < lack.length; i++) {
    if (coefficients[i] < highest[i] && (up < 0 || lack[i] > lack[up])) up = i;
  }
  return up;
}

/**
 * The row that, going down, gains most together with one that goes up.
 * @returns that row, -1 if none gains, and how far the worst pair is from optimal
 */
function bestPartner({ kernel, rows, coefficients, lowest, lack }: Search, up: number) {
  const { size, values } = kernel;
  const upStart = rows[up] * size;
  const upSelf = values[upStart + rows[up]];
  let down = -1;
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    if (coefficients[i] <= lowest[i]) continue;
    if (lack[i] < least) least = lack[i];
    const gap = lack[up] - lack[i];
    if (gap <= 0) continue;
    const self = values[rows[i] * size + rows[i]];
    const gain = (gap * gap) / Math.max(MIN_CURVATURE, upSelf + self - 2 * values[upStart + rows[i]]);
    if (gain > most) {
      most = gain;
      down = i;
    }
  }
  return { down, gap: lack[up] - least };
}

/** Moves one coefficient up and one down by the same amount, as far as both gain or a bound allows. */
function movePair(
  { kernel, rows, coefficients, lowest, highest, lack }: Search,
  up: number,
  down: number,
): void {
  const { size, values } = kernel;
  const upStart = rows[up] * size;
  const downStart = rows[down] * size;
  const curvature =
    values[upStart + rows[up]] + values[downStart + rows[down]] - 2 * values[upStart + rows[down]];
  const wanted = (lack[up] - lack[down]) / Math.max(MIN_CURVATURE, curvature);
  const roomUp = highest[up] - coefficients[up];
  const roomDown = coefficients[down] - lowest[down];
  const move = Math.min(wanted, roomUp, roomDown);
  // Bounds are reached exactly: what is left of a rounded sum would count as free.
  coefficients[up] = move === roomUp ? highest[up] : coefficients[up] + move;
  coefficients[down] = move === roomDown ? lowest[down] : coefficients[down] - move;
  for (let i = 0; i < rows.length; i++) {
    lack[i] -= move * (values[upStart + rows[i]] - values[downStart + rows[i]]);
  }
}

/** What free rows lack, on average; without a free one the middle of what the bounds allow. */
function interceptOf({ coefficients, lack, lowest, highest }: Search): number {
  let sum = 0;
  let free = 0;
  let atLeast = Number.NEGATIVE_INFINITY;
  let atMost = Number.POSITIVE_INFINITY;
  for (let i = 0; i < lack.length; i++) {
    const canRise = coefficients[i] < highest[i];
    const canFall = coefficients[i] > lowest[i];
    if (canRise && canFall) {
      sum += lack[i];
      free++;
    } else if (canRise) atLeast = Math.max(atLeast, lack[i]);
    else atMost = Math.min(atMost, lack[i]);
  }
  return free > 0 ? sum / free : (atLeast + atMost) / 2;
}
