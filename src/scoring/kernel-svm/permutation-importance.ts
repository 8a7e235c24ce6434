import type { tf } from "../../engine/tf.js";
import { createRng, type Rng, sampleWithoutReplacement, shuffle } from "../../random/rng.js";
import { probability, type Sigmoid } from "../calibration/sigmoid.js";
import type { LabelledRows } from "../row-classifier.js";
import type { KernelTable } from "./kernel-table.js";
import { columnResponses, type Support } from "./radial-response.js";
import type { DualModel } from "./smo.js";

/** A trained support vector machine with a radial kernel. */
export interface RadialModel extends DualModel {
  readonly kernel: KernelTable;
  readonly gamma: number;
  readonly sigmoid: Sigmoid;
  /** int32 [numTrain], row numbers in the kernel */
  readonly trainRows: Int32Array;
}

const REPEATS = 10;
/** Held-out rows tried on, at most. */
const MAX_ROWS = 512;
/** Columns worked on at once. */
const BLOCK = 512;

/**
 * How much the mean probability of rows' own labels falls when one column is permuted among the rows: the mean of 10
 * permutations, the same for all columns. The original counts right answers instead, which a single one of thousands of
 * columns hardly ever changes.
 * @param table float32 [numTableRows, numColumns], what the kernel was computed of; borrowed
 * @param heldOut rows of the table that the model did not see
 * @returns float64 [numColumns], negative where permuting helped
 */
export async function permutationImportances(
  table: tf.Tensor2D,
  model: RadialModel,
  heldOut: LabelledRows,
  seed: string,
): Promise<Float64Array> {
  const rng = createRng(seed).fork("permutation");
  const { rows, labels } = someRows(heldOut, rng);
  const support = supportOf(model, rows);
  const positions = Int32Array.from(rows.keys());
  const orders = Array.from({ length: REPEATS }, (_, repeat) =>
    shuffle(rng.fork(`repeat-${repeat}`), positions),
  );
  const ownProbability = (i: number, decision: number): number => {
    const p = probability(model.sigmoid, decision + model.intercept);
    return labels[i] === 1 ? p : 1 - p;
  };
  const numColumns = table.shape[1];
  const importances = new Float64Array(numColumns);
  for (let start = 0; start < numColumns; start += BLOCK) {
    const width = Math.min(BLOCK, numColumns - start);
    const responses = await columnResponses(table, support, rows, model.gamma, { start, width });
    for (const [k, { values, decide }] of responses.entries()) {
      let fall = 0;
      for (const i of positions) {
        const before = ownProbability(i, decide(i, values[i]));
        for (const order of orders) fall += before - ownProbability(i, decide(i, values[order[i]]));
      }
      importances[start + k] = fall / (rows.length * REPEATS);
    }
  }
  return importances;
}

function someRows({ rows, labels }: LabelledRows, rng: Rng): LabelledRows {
  if (rows.length <= MAX_ROWS) return { rows, labels };
  const chosen = sampleWithoutReplacement(rng.fork("rows"), Int32Array.from(rows.keys()), MAX_ROWS);
  return { rows: chosen.map((i) => rows[i]), labels: Uint8Array.from(chosen, (i) => labels[i]) };
}

function supportOf({ coefficients, trainRows, kernel }: RadialModel, rows: Int32Array): Support {
  const isSupport = (_: number, i: number) => coefficients[i] !== 0;
  const supportRows = trainRows.filter(isSupport);
  const weights = coefficients.filter(isSupport);
  const shares = new Float32Array(rows.length * supportRows.length);
  for (const [i, row] of rows.entries()) {
    for (let s = 0; s < supportRows.length; s++) {
      shares[i * supportRows.length + s] = weights[s] * kernel.values[row * kernel.size + supportRows[s]];
    }
  }
  return { rows: supportRows, shares };
}
