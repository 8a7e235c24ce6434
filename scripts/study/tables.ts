import type { ColumnGroup } from "../../src/capture/activations.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import type { Captured } from "./captured.js";

/** Some columns of a captured network's activations, by the groups they belong to. */
export function columnsWhere(captured: Captured, isWanted: (group: ColumnGroup) => boolean): Int32Array {
  return Int32Array.from(
    captured.groups
      .filter(isWanted)
      .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
  );
}

/** The rows and columns asked for, in that order. */
export function tableOf(captured: Captured, rows: Int32Array, columns: Int32Array): Matrix {
  const { activations, cols } = captured;
  const data = new Float32Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((column, k) => {
      data[i * columns.length + k] = activations[row * cols + column];
    });
  });
  return { rows: rows.length, cols: columns.length, data };
}

/** Tables of the same rows, side by side. */
export function sideBySide(tables: readonly Matrix[]): Matrix {
  const [{ rows }] = tables;
  const cols = tables.reduce((sum, table) => sum + table.cols, 0);
  const data = new Float32Array(rows * cols);
  for (let row = 0, write = 0; row < rows; row++) {
    for (const table of tables) {
      data.set(table.data.subarray(row * table.cols, (row + 1) * table.cols), write);
      write += table.cols;
    }
  }
  return { rows, cols, data };
}

/**
 * The last layer's gradient by its weights, (p - y) times the penultimate activations, for the label's own output alone and
 * for all outputs' errors: float32 [rows, features + numClasses].
 */
export function lastLayerGradients(
  captured: Captured,
  rows: Int32Array,
  label: number,
  numClasses: number,
): Matrix {
  const last = captured.groups.filter(({ statistic }) => statistic !== "max").at(-1);
  if (!last) throw new Error("No stage was captured.");
  const cols = last.count + numClasses;
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    const logits = captured.logits.subarray(row * numClasses, (row + 1) * numClasses);
    const largest = Math.max(...logits);
    const exps = logits.map((value) => Math.exp(value - largest));
    const sum = exps.reduce((total, value) => total + value, 0);
    const errors = exps.map((value, c) => value / sum - (c === label ? 1 : 0));
    for (let k = 0; k < last.count; k++)
      data[i * cols + k] = errors[label] * captured.activations[row * captured.cols + last.first + k];
    data.set(errors, i * cols + last.count);
  });
  return { rows: rows.length, cols, data };
}
