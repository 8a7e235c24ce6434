import type { RowClassifier } from "./classifiers.js";
import type { Fold } from "./folds.js";
import { type FoldRows, fitWithSelfTraining } from "./self-training.js";

/** Whose rows they are: suspects' rows first, clean rows after them, as the classifier counts them. */
export interface RowOwners {
  /** int32 [numSuspectRows], sample ids. */
  readonly suspectIds: Int32Array;
  /** int32 [numCleanRows], sample ids. */
  readonly cleanIds: Int32Array;
}

export interface CrossValidation {
  /** float64 [numSuspectRows + numCleanRows], P(suspect) of each row from the fold that held it out. */
  readonly probabilities: Float64Array;
  /** float64 [numColumns], averaged over folds. */
  readonly importances: Float64Array;
}

/**
 * Predicts every row by a classifier that saw no row of the same sample.
 * @param columns int32 [numColumns], columns to look at
 * @param onFit called after each of the 2 x folds fits
 */
export async function crossValidate(
  classifier: RowClassifier,
  owners: RowOwners,
  folds: readonly Fold[],
  columns: Int32Array,
  seed: string,
  onFit: () => void,
): Promise<CrossValidation> {
  const probabilities = new Float64Array(owners.suspectIds.length + owners.cleanIds.length);
  const importances = new Float64Array(columns.length);
  for (const [number, fold] of folds.entries()) {
    const rows = rowsOfFold(owners, fold);
    const result = await fitWithSelfTraining(classifier, rows, columns, `${seed}/fold-${number}`, onFit);
    rows.heldOut.forEach((row, i) => {
      probabilities[row] = result.probabilities[i];
    });
    for (let i = 0; i < importances.length; i++) importances[i] += result.importances[i] / folds.length;
  }
  return { probabilities, importances };
}

function rowsOfFold({ suspectIds, cleanIds }: RowOwners, fold: Fold): FoldRows {
  const heldOut: number[] = [];
  const trainSuspects: number[] = [];
  const trainClean: number[] = [];
  suspectIds.forEach((id, row) => {
    (fold.suspectIds.has(id) ? heldOut : trainSuspects).push(row);
  });
  cleanIds.forEach((id, row) => {
    (fold.cleanIds.has(id) ? heldOut : trainClean).push(suspectIds.length + row);
  });
  return {
    heldOut: Int32Array.from(heldOut),
    trainSuspects: Int32Array.from(trainSuspects),
    trainClean: Int32Array.from(trainClean),
  };
}
