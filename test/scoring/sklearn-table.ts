import type { LabelledRows } from "../../src/scoring/row-classifier.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import { golden } from "../golden.js";

/** Numbers of scikit-learn, by scripts/reference/classifiers.py. */
export interface SklearnNumbers {
  readonly rows: number;
  readonly columns: number;
  /** The first rows, trained on. */
  readonly train: number;
  readonly input_check: readonly [number, number, number][];
  readonly positives: number;
  readonly logistic: { coefficients: number[]; intercept: number; probabilities: number[] };
  /** Of the table divided by its rows' root mean square length. */
  readonly logistic_scaled: { probabilities: number[] };
  readonly linear_svm: { coefficients: number[]; intercept: number; decisions: number[] };
  readonly kernel_svm: { gamma: number; support: number; decisions: number[] };
  readonly sigmoid: { slope: number; offset: number };
}

export const sklearn = golden<SklearnNumbers>("classifiers");

/** The table behind the numbers: x[i, j] = sin(1.7 i + 0.9 j + 0.31 i j), plus 0.6 in two columns of label 1. */
export function sklearnTable(): { matrix: Matrix; all: LabelledRows; train: LabelledRows } {
  const { rows, columns: cols, train } = sklearn;
  const labels = Uint8Array.from({ length: rows }, (_, i) => ((7 * i) % 5 < 2 ? 1 : 0));
  const data = Float32Array.from({ length: rows * cols }, (_, at) => {
    const [i, j] = [Math.floor(at / cols), at % cols];
    return Math.sin(1.7 * i + 0.9 * j + 0.31 * i * j) + (j < 2 ? 0.6 * labels[i] : 0);
  });
  for (const [i, j, value] of sklearn.input_check) {
    if (Math.abs(data[i * cols + j] - value) > 1e-6) throw new Error(`The table differs at ${i}, ${j}.`);
  }
  const first = (count: number): LabelledRows => ({
    rows: Int32Array.from({ length: count }, (_, i) => i),
    labels: labels.slice(0, count),
  });
  return { matrix: { rows, cols, data }, all: first(rows), train: first(train) };
}
