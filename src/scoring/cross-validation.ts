import { setImmediate } from "node:timers/promises";
import type { Fold } from "./folds.js";
import type { FitResult, RowClassifier } from "./row-classifier.js";
import { type FoldRows, fitWithSelfTraining } from "./self-training.js";

/** Whose rows they are: suspects' rows first, clean rows after them, as the classifier counts them. */
interface RowOwners {
  /** int32 [numSuspectRows], sample ids. */
  readonly suspectIds: Int32Array;
  /** int32 [numCleanRows], sample ids. */
  readonly cleanIds: Int32Array;
}

/** What finished folds gave, to go on from after an interruption. */
export interface FoldMemory {
  get(name: string): Float64Array | undefined;
  set(name: string, values: Float64Array): Promise<void>;
}

/** Everything a cross-validation goes by. */
export interface CrossValidation {
  readonly classifier: RowClassifier;
  readonly owners: RowOwners;
  readonly folds: readonly Fold[];
  /** int32 [numColumns], columns to look at */
  readonly columns: Int32Array;
  readonly seed: string;
  readonly memory?: FoldMemory;
  /** Ends the work between two fits; a fold that is finished is remembered first. */
  readonly signal?: AbortSignal;
  /** Called after each of the 2 x folds fits. */
  readonly onFit: () => void;
}

/** @returns float64 [numColumns], how much each column mattered, averaged over folds */
export async function averageImportances(validation: CrossValidation): Promise<Float64Array> {
  const average = new Float64Array(validation.columns.length);
  const importances = (result: FitResult, { heldOut }: FoldRows) => result.importances(heldOut);
  for await (const { values } of eachFold(validation, importances)) {
    for (let i = 0; i < average.length; i++) average[i] += values[i] / validation.folds.length;
  }
  return average;
}

/** @returns float64 [numSuspectRows + numCleanRows], P(suspect) of each row from the fold that held it out */
export async function heldOutProbabilities(validation: CrossValidation): Promise<Float64Array> {
  const { suspectIds, cleanIds } = validation.owners;
  const probabilities = new Float64Array(suspectIds.length + cleanIds.length);
  for await (const { rows, values } of eachFold(validation, async (result) => result.probabilities)) {
    rows.heldOut.rows.forEach((row, i) => {
      probabilities[row] = values[i];
    });
  }
  return probabilities;
}

/** Fits each fold's classifier, which sees no row of the samples it is to predict, unless its values are known. */
async function* eachFold(
  { classifier, owners, folds, columns, seed, memory, signal, onFit }: CrossValidation,
  valuesOf: (result: FitResult, rows: FoldRows) => Promise<Float64Array>,
) {
  const fitDone = async (): Promise<void> => {
    onFit();
    // Lets signals in: some classifiers block the event loop while they fit.
    await setImmediate();
    signal?.throwIfAborted();
  };
  for (const [number, fold] of folds.entries()) {
    const name = `${seed}/fold-${number}`;
    const rows = rowsOfFold(owners, fold);
    let values = memory?.get(name);
    if (values) await fitDone();
    else {
      values = await valuesOf(await fitWithSelfTraining(classifier, rows, columns, name, fitDone), rows);
      await memory?.set(name, values);
    }
    await fitDone();
    yield { rows, values };
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
