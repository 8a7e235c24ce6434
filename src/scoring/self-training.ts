import { createRng, sampleWithoutReplacement } from "../random/rng.js";
import type { FitResult, LabelledRows, RowClassifier } from "./row-classifier.js";

/** A suspect row above this P(suspect) is believed to be one. */
const CONFIDENT = 0.7;
/** Clean rows kept for each such suspect row, at most. */
const NEGATIVES_PER_POSITIVE = 3;

/** The rows of one fold. */
export interface FoldRows {
  /** int32, row numbers */
  readonly trainSuspects: Int32Array;
  readonly trainClean: Int32Array;
  readonly heldOut: LabelledRows;
}

/**
 * Trains on a fold, keeps only the suspects that look like suspects, and trains once more on those. When none does,
 * the first classifier stands.
 * @param columns int32, columns to look at
 * @param betweenFits called after the first fit; what it throws ends the training
 * @returns the classifier that stands: `probabilities` of the held-out rows, in their order, and its importances
 */
export async function fitWithSelfTraining(
  classifier: RowClassifier,
  rows: FoldRows,
  columns: Int32Array,
  seed: string,
  betweenFits: () => Promise<void>,
): Promise<FitResult> {
  const { trainSuspects, trainClean, heldOut } = rows;
  const first = await classifier.fit({
    train: stack(trainSuspects, trainClean),
    predictRows: concat(trainSuspects, heldOut.rows),
    columns,
    seed: `${seed}/first`,
  });
  await betweenFits();
  const positives = trainSuspects.filter((_, i) => first.probabilities[i] > CONFIDENT);
  if (positives.length === 0) {
    return { ...first, probabilities: first.probabilities.slice(trainSuspects.length) };
  }
  const wanted = Math.min(trainClean.length, NEGATIVES_PER_POSITIVE * positives.length);
  const negatives = sampleWithoutReplacement(createRng(seed).fork("negatives"), trainClean, wanted);
  return classifier.fit({
    train: stack(positives, negatives.sort()),
    predictRows: heldOut.rows,
    columns,
    seed: `${seed}/second`,
  });
}

function stack(suspects: Int32Array, clean: Int32Array): LabelledRows {
  const labels = new Uint8Array(suspects.length + clean.length).fill(1, 0, suspects.length);
  return { rows: concat(suspects, clean), labels };
}

function concat(first: Int32Array, second: Int32Array): Int32Array {
  const both = new Int32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
