import { tf } from "../../engine/tf.js";
import { type Matrix, notFinite } from "./matrix.js";

/**
 * Tables stacked on each other, on the engine, divided by one number: the root mean square of the rows' lengths. What
 * a regularised classifier makes of a table depends on its unit, and increments come in units of the learning rate:
 * at 1e-5 a logistic regression with C = 1 learns nothing at all. One number keeps the columns' relative sizes, as no
 * scaling would; columns brought to one variance each (measured on captures) drown the signal in weak columns' noise.
 * The number is taken from all rows, without their labels, as a forest's bins are.
 */
export class ScaledTable {
  readonly rows: number;
  readonly #tables: readonly Matrix[];
  /** float64 [cols], sums over all rows */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #current: { readonly columns: Int32Array; readonly tensor: tf.Tensor2D } | undefined;

  /**
   * @param tables at least one, all of the same columns
   * @throws RunError when a value is NaN or infinite
   */
  constructor(tables: readonly Matrix[]) {
    this.#tables = tables;
    this.rows = tables.reduce((sum, { rows }) => sum + rows, 0);
    this.#sums = columnSums(tables, (value) => value);
    this.#squares = columnSums(tables, (value) => value * value);
    const bad = this.#squares.findIndex((square) => !Number.isFinite(square));
    if (bad >= 0) throw notFinite(bad, this.#squares.length);
  }

  /**
   * The scaled rows at some columns. The table owns the tensor, until other columns are asked for or `close`.
   * @param columns int32 [numColumns]
   * @returns float32 [rows, numColumns], rows of mean square length 1 (all 0 when they were)
   */
  at(columns: Int32Array): tf.Tensor2D {
    if (this.#current?.columns !== columns) {
      this.close();
      this.#current = { columns, tensor: this.#upload(columns) };
    }
    return this.#current.tensor;
  }

  /** scikit-learn's `gamma="scale"` of the scaled rows: 1 / (numColumns * variance of all values together). */
  scaleGamma(columns: Int32Array): number {
    const count = this.rows * columns.length;
    const mean = this.#total(this.#sums, columns) / count;
    const meanSquare = this.#total(this.#squares, columns) / count;
    const variance = (meanSquare - mean ** 2) * this.#factor(columns) ** 2;
    return variance > 0 ? 1 / (columns.length * variance) : 1;
  }

  close(): void {
    this.#current?.tensor.dispose();
    this.#current = undefined;
  }

  #total(ofColumns: Float64Array, columns: Int32Array): number {
    return columns.reduce((sum, column) => sum + ofColumns[column], 0);
  }

  #factor(columns: Int32Array): number {
    const squares = this.#total(this.#squares, columns);
    return squares > 0 ? Math.sqrt(this.rows / squares) : 1;
  }

  #upload(columns: Int32Array): tf.Tensor2D {
    const factor = this.#factor(columns);
    const values = new Float32Array(this.rows * columns.length);
    let write = 0;
    for (const { rows, cols, data } of this.#tables) {
      for (let row = 0, start = 0; row < rows; row++, start += cols) {
        for (let k = 0; k < columns.length; k++) values[write++] = factor * data[start + columns[k]];
      }
    }
    return tf.tensor2d(values, [this.rows, columns.length]);
  }
}

function columnSums(tables: readonly Matrix[], of: (value: number) => number): Float64Array {
  const sums = new Float64Array(tables[0].cols);
  for (const { rows, cols, data } of tables) {
    for (let row = 0, start = 0; row < rows; row++, start += cols) {
      for (let column = 0; column < cols; column++) sums[column] += of(data[start + column]);
    }
  }
  return sums;
}
