import { RunError } from "../../errors.js";

/** A table of rows, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** float32 [rows, cols], finite. */
  readonly data: Float32Array;
}

/** @throws Error when the data's length is not rows x cols */
export function checkShape(matrix: Matrix, name: string): void {
  const { rows, cols, data } = matrix;
  if (data.length !== rows * cols) {
    throw new Error(`${name}: ${data.length} values cannot fill [${rows}, ${cols}].`);
  }
}

/** What to say of a table that holds NaN or an infinity. */
export function notFinite(column: number, cols: number): RunError {
  return new RunError(
    `The rows to score hold values that are not finite (feature ${column} of ${cols}).`,
    "The model probably diverged during capture: lower --lr or capture from a healthy base model.",
  );
}
