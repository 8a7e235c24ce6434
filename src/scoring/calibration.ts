import { createRng, shuffle } from "../random/rng.js";
import type { LabelledRows } from "./row-classifier.js";

/** P(label 1) = 1 / (1 + exp(-(slope * decision + offset))). */
export interface Sigmoid {
  /** At least 0: a higher decision value never means a lower probability. */
  readonly slope: number;
  readonly offset: number;
}

export interface CalibrationSplit {
  readonly rest: LabelledRows;
  readonly heldOut: LabelledRows;
}

/** scikit-learn's number of internal folds. */
const SPLITS = 5;

/**
 * Divides training rows for decision values that no classifier saw the labels of, each label's rows by themselves.
 * @returns splits whose rest has rows of both labels; none when a label has a single row
 */
export function calibrationSplits({ rows, labels }: LabelledRows, seed: string): CalibrationSplit[] {
  const positions = Int32Array.from(rows.keys());
  const byLabel = [0, 1].map((label) =>
    shuffle(
      createRng(seed).fork(`calibration/label-${label}`),
      positions.filter((i) => labels[i] === label),
    ),
  );
  const count = Math.min(SPLITS, ...byLabel.map(({ length }) => length));
  if (count < 2) return [];
  const split = new Uint8Array(rows.length);
  for (const shuffled of byLabel) {
    shuffled.forEach((position, i) => {
      split[position] = i % count;
    });
  }
  const select = (isWanted: (position: number) => boolean): LabelledRows => {
    const wanted = positions.filter(isWanted);
    return { rows: wanted.map((i) => rows[i]), labels: Uint8Array.from(wanted, (i) => labels[i]) };
  };
  return Array.from({ length: count }, (_, number) => ({
    rest: select((i) => split[i] !== number),
    heldOut: select((i) => split[i] === number),
  }));
}

export const probability = ({ slope, offset }: Sigmoid, decision: number): number =>
  1 / (1 + Math.exp(-(slope * decision + offset)));

/**
 * Platt's sigmoid: maximum likelihood with slightly softened labels, by Newton steps (Lin, Lin, Weng 2007). Where
 * decision values and labels disagree the slope is 0, and every probability the share of label 1.
 * @param decisions [count], decision values; labels uint8 [count]
 */
export function fitSigmoid(decisions: ArrayLike<number>, labels: ArrayLike<number>): Sigmoid {
  const count = labels.length;
  let positives = 0;
  for (let i = 0; i < count; i++) positives += labels[i];
  const targets = [1 / (count - positives + 2), (positives + 1) / (positives + 2)];
  const evaluate = (sigmoid: Sigmoid) => likelihood(sigmoid, decisions, labels, targets);
  let sigmoid: Sigmoid = { slope: 0, offset: Math.log((positives + 1) / (count - positives + 1)) };
  const prior = sigmoid;
  let current = evaluate(sigmoid);
  for (let iteration = 0; iteration < 100; iteration++) {
    const { gradient, hessian } = current;
    if (Math.max(...gradient.map(Math.abs)) < 1e-8 * count) break;
    const [a, b, c] = hessian;
    const determinant = a * c - b * b;
    const step = [
      (c * gradient[0] - b * gradient[1]) / determinant,
      (a * gradient[1] - b * gradient[0]) / determinant,
    ];
    const promised = step[0] * gradient[0] + step[1] * gradient[1];
    let size = 1;
    let next = current;
    let moved = sigmoid;
    for (; size > 1e-10; size /= 2) {
      moved = { slope: sigmoid.slope - size * step[0], offset: sigmoid.offset - size * step[1] };
      next = evaluate(moved);
      if (next.value < current.value - 1e-4 * size * promised) break;
    }
    if (!(next.value < current.value)) break;
    sigmoid = moved;
    current = next;
  }
  return sigmoid.slope > 0 ? sigmoid : prior;
}

/** Negative log-likelihood, and its derivatives by slope and offset. */
function likelihood(
  { slope, offset }: Sigmoid,
  decisions: ArrayLike<number>,
  labels: ArrayLike<number>,
  targets: readonly number[],
) {
  let value = 0;
  const gradient: [number, number] = [0, 0];
  // A little on the diagonal keeps the matrix invertible, as in libsvm.
  const hessian: [number, number, number] = [1e-12, 0, 1e-12];
  for (let i = 0; i < labels.length; i++) {
    const z = slope * decisions[i] + offset;
    const p = 1 / (1 + Math.exp(-z));
    const target = targets[labels[i]];
    value += Math.max(z, 0) - target * z + Math.log1p(Math.exp(-Math.abs(z)));
    gradient[0] += (p - target) * decisions[i];
    gradient[1] += p - target;
    const curvature = p * (1 - p);
    hessian[0] += curvature * decisions[i] * decisions[i];
    hessian[1] += curvature * decisions[i];
    hessian[2] += curvature;
  }
  return { value, gradient, hessian };
}
