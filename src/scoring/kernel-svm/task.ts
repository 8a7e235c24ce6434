import type { KernelTable } from "./kernel-table.js";
import { type DualModel, type SmoOptions, trainDual } from "./smo.js";

/** Train one support vector classifier and apply it. */
export interface SvmTask extends SmoOptions {
  readonly kind: "svm";
  readonly kernel: KernelTable;
  /** int32 [numTrain], rows to train on, and uint8 [numTrain], their labels. */
  readonly trainRows: Int32Array;
  readonly trainLabels: Uint8Array;
  /** int32 [numPredicted], rows to predict. */
  readonly predictRows: Int32Array;
}

/** The classifier, and what it says of the rows. */
export interface SvmResult extends DualModel {
  /** float64 [numPredicted] */
  readonly decisions: Float64Array;
}

/** Trains and predicts. */
export function runSvmTask(task: SvmTask): SvmResult {
  const { kernel, trainRows, trainLabels, predictRows } = task;
  const model = trainDual(kernel, trainRows, trainLabels, task);
  return { ...model, decisions: dualDecisions(kernel, trainRows, model, predictRows) };
}

function dualDecisions(
  { size, values }: KernelTable,
  trainRows: Int32Array,
  { coefficients, intercept }: DualModel,
  predictRows: Int32Array,
): Float64Array {
  const isSupport = (_: number, i: number) => coefficients[i] !== 0;
  const support = trainRows.filter(isSupport);
  const weights = coefficients.filter(isSupport);
  return Float64Array.from(predictRows, (row) => {
    let sum = intercept;
    for (let i = 0; i < support.length; i++) sum += weights[i] * values[row * size + support[i]];
    return sum;
  });
}
