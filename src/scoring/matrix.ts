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
