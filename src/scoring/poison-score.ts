import {
  averageImportances,
  type CrossValidation,
  type FoldMemory,
  heldOutProbabilities,
} from "./cross-validation.js";
import { type Fold, makeFolds } from "./folds.js";
import { type ClassifierName, classifiers } from "./registry.js";
import type { RowClassifier } from "./row-classifier.js";
import { checkShape, type Matrix } from "./table/matrix.js";

/** The rows of a capture: a row is one (epoch, sample), its values the increments of the important features. */
export interface ScoreInput {
  /** float32 [numSuspectRows, numFeatures] */
  readonly suspectRows: Matrix;
  /** int32 [numSuspectRows], sample ids; a sample may have many rows. */
  readonly suspectIds: Int32Array;
  /** float32 [numCleanRows, numFeatures] */
  readonly cleanRows: Matrix;
  /** int32 [numCleanRows], sample ids; none is also a suspect's. */
  readonly cleanIds: Int32Array;
}

/** How to score. */
export interface ScoreOptions {
  readonly cvModel: ClassifierName;
  /** Folds of the cross-validation, >= 2. */
  readonly groups: number;
  /** Features with an importance above this stay for the second pass. */
  readonly k2: number;
  readonly seed: string | number;
  /** Default: as many as the machine runs at once. The scores do not depend on it. */
  readonly threads?: number;
  /** Keeps what finished folds gave. */
  readonly memory?: FoldMemory;
  /** Ends the work between two fits; a fold that is finished is remembered first. */
  readonly signal?: AbortSignal;
  /** Called after each fit, with how many there have been and will be. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the scoring found. */
export interface Scores {
  /** int32 [numSuspects], ascending, and float64 [numSuspects], their poisoning scores in [0, 1]. */
  readonly sampleIds: Int32Array;
  readonly scores: Float64Array;
  /** The same for the clean reference samples. */
  readonly cleanIds: Int32Array;
  readonly cleanScores: Float64Array;
  /** float64 [numSuspectRows + numCleanRows], P(suspect) of each row, suspects' first: a sample's score is the mean of its rows'. */
  readonly rowScores: Float64Array;
  /** float64 [numFeatures], from the first pass, averaged over folds. */
  readonly importances: Float64Array;
  /** int32, features used in the second pass, ascending; when empty all scores are 0 and nothing is to be flagged. */
  readonly keptFeatures: Int32Array;
}

/**
 * Scores samples by how separable they are from clean ones: a first cross-validation finds the features that tell
 * suspects from clean samples, a second one on those features gives P(suspect) of every held-out row, and a sample's
 * score is the mean over its rows.
 * @throws UserError when there are fewer samples than groups; RunError when a value is not finite; the signal's reason
 */
export async function scoreSamples(input: ScoreInput, options: ScoreOptions): Promise<Scores> {
  checkInput(input);
  const { suspectRows, suspectIds, cleanRows, cleanIds } = input;
  const seed = `${options.seed}/score`;
  const samples = { sampleIds: distinct(suspectIds), cleanIds: distinct(cleanIds) };
  checkDisjoint(samples.sampleIds, samples.cleanIds);
  const folds = makeFolds(samples.sampleIds, samples.cleanIds, options.groups, seed);
  const open = classifiers[options.cvModel];
  const classifier = await open([suspectRows, cleanRows], { seed, threads: options.threads });
  try {
    const pass = passesOf(classifier, input, folds, seed, options);
    const allFeatures = Int32Array.from({ length: suspectRows.cols }, (_, feature) => feature);
    const importances = await averageImportances(pass("pass-1", allFeatures));
    const keptFeatures = allFeatures.filter((feature) => importances[feature] > options.k2);
    const found = { ...samples, importances, keptFeatures };
    if (keptFeatures.length === 0) {
      const total = 4 * options.groups;
      options.onProgress?.(total, total);
      const none = (ids: Int32Array) => new Float64Array(ids.length);
      return {
        ...found,
        scores: none(samples.sampleIds),
        cleanScores: none(samples.cleanIds),
        rowScores: new Float64Array(suspectIds.length + cleanIds.length),
      };
    }
    const probabilities = await heldOutProbabilities(pass("pass-2", keptFeatures));
    const ofSuspects = probabilities.subarray(0, suspectIds.length);
    const ofClean = probabilities.subarray(suspectIds.length);
    return {
      ...found,
      scores: meanPerSample(suspectIds, ofSuspects, samples.sampleIds),
      cleanScores: meanPerSample(cleanIds, ofClean, samples.cleanIds),
      rowScores: probabilities,
    };
  } finally {
    await classifier.close();
  }
}

/** What the cross-validations go by, each with its own columns and stream of random numbers. */
function passesOf(
  classifier: RowClassifier,
  owners: ScoreInput,
  folds: readonly Fold[],
  seed: string,
  { groups, memory, signal, onProgress }: ScoreOptions,
) {
  let done = 0;
  const total = 4 * groups; // two passes, two fits a fold
  const onFit = (): void => onProgress?.(++done, total);
  const common = { classifier, owners, folds, memory, signal, onFit };
  return (name: string, columns: Int32Array): CrossValidation => ({
    ...common,
    columns,
    seed: `${seed}/${name}`,
  });
}

function checkInput({ suspectRows, suspectIds, cleanRows, cleanIds }: ScoreInput): void {
  checkShape(suspectRows, "Suspect rows");
  checkShape(cleanRows, "Clean rows");
  if (suspectRows.cols !== cleanRows.cols || suspectRows.cols === 0) {
    throw new Error(`Suspect rows have ${suspectRows.cols} features, clean rows ${cleanRows.cols}.`);
  }
  if (suspectRows.rows !== suspectIds.length || cleanRows.rows !== cleanIds.length) {
    const counts = `${suspectRows.rows} and ${cleanRows.rows} rows, ${suspectIds.length} and ${cleanIds.length} ids`;
    throw new Error(`Every row needs a sample id: ${counts} (suspect and clean).`);
  }
}

function checkDisjoint(sampleIds: Int32Array, cleanIds: Int32Array): void {
  const clean = new Set(cleanIds);
  const both = sampleIds.find((id) => clean.has(id));
  if (both !== undefined) throw new Error(`Sample ${both} is both a suspect and a clean reference.`);
}

/** Each id once, ascending. */
export function distinct(ids: Int32Array): Int32Array {
  return Int32Array.from(new Set(ids)).sort();
}

/** @returns float64 [ids.length], the mean of each sample's rows */
function meanPerSample(rowIds: Int32Array, values: Float64Array, ids: Int32Array): Float64Array {
  const sums = new Map<number, { sum: number; count: number }>();
  rowIds.forEach((id, row) => {
    const { sum, count } = sums.get(id) ?? { sum: 0, count: 0 };
    sums.set(id, { sum: sum + values[row], count: count + 1 });
  });
  return Float64Array.from(ids, (id) => {
    const { sum, count } = sums.get(id) ?? { sum: Number.NaN, count: 1 };
    return sum / count;
  });
}
