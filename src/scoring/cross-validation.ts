import type { RowClassifier } from "./classifiers.js";
import type { Fold } from "./folds.js";
import { type FoldRows, fitWithSelfTraining } from "./self-training.js";

/** Whose rows they are: suspects' rows first, clean rows after them, as the classifier counts them. */
interface RowOwners {
  /** int32 [numSuspectRows], sample ids. */
  readonly suspectIds: Int32Array;
  /** int32 [numCleanRows], sample ids. */
  readonly cleanIds: Int32Array;
}

/** Everything a cross-validation goes by. */
export interface CrossValidation {
  readonly classifier: RowClassifier;
  readonly owners: RowOwners;
  readonly folds: readonly Fold[];
  /** int32 [numColumns], columns to look at */
  readonly columns: Int32Array;
  readonly seed: string;
  /** Called after each of the 2 x folds fits. */
  readonly onFit: () => void;
}

/** @returns float64 [numColumns], how much each column mattered, averaged over folds */
export async function averageImportances(validation: CrossValidation): Promise<Float64Array> {
  const average = new Float64Array(validation.columns.length);
  for await (const { rows, result } of fitFolds(validation)) {
    const importances = await result.importances(rows.heldOut);
    for (let i = 0; i < average.length; i++) average[i] += importances[i] / validation.folds.length;
  }
  return average;
}

/** @returns float64 [numSuspectRows + numCleanRows], P(suspect) of each row from the fold that held it out */
export async function heldOutProbabilities(validation: CrossValidation): Promise<Float64Array> {
  const { suspectIds, cleanIds } = validation.owners;
  const probabilities = new Float64Array(suspectIds.length + cleanIds.length);
  for await (const { rows, result } of fitFolds(validation)) {
    rows.heldOut.rows.forEach((row, i) => {
      probabilities[row] = result.probabilities[i];
    });
  }
  return probabilities;
}

/** Fits each fold's classifier, which sees no row of the samples it is to predict. */
async function* fitFolds({ classifier, owners, folds, columns, seed, onFit }: CrossValidation) {
  for (const [number, fold] of folds.entries()) {
    const rows = rowsOfFold(owners, fold);
    const result = await fitWithSelfTraining(classifier, rows, columns, `${seed}/fold-${number}`, onFit);
    yield { rows, result };
  }
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
  const isSuspect = (row: number) => (row < suspectIds.length ? 1 : 0);
  return {
    heldOut: { rows: Int32Array.from(heldOut), labels: Uint8Array.from(heldOut, isSuspect) },
    trainSuspects: Int32Array.from(trainSuspects),
    trainClean: Int32Array.from(trainClean),
  };
}
