import { createRng, shuffle } from "../../random/rng.js";
import type { LabelledRows } from "../row-classifier.js";

/** Training rows without a part of them, and that part. */
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
