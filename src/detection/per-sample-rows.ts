import { type Rng, sampleWithoutReplacement } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";

/** Rows of samples that have several each, such as the increments of one sample in several epochs. */
export interface SampleRows {
  /** float32 [numRows, numFeatures] */
  readonly table: Matrix;
  /** By sample: its rows of the table. */
  readonly rowsOf: readonly Int32Array[];
  /**
   * So many are drawn of each. A suspect is captured in every epoch and a trusted sample in some alone: were all rows used,
   * suspects would differ by their number.
   */
  readonly perSample: number;
}

/** Rows by their sample's id. @param ids int32 [numRows] */
export function rowsById(ids: Int32Array): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const [row, id] of ids.entries()) {
    const own = rows.get(id);
    if (own === undefined) rows.set(id, [row]);
    else own.push(row);
  }
  return rows;
}

/**
 * How many rows every sample can give: as many as at least two thirds of the trusted samples have, and all suspects.
 * @param suspects numbers of rows, one a suspect
 * @param trusted the same of trusted samples
 */
export function rowsInCommon(suspects: readonly number[], trusted: readonly number[]): number {
  const descending = [...trusted].sort((a, b) => b - a);
  const ofTrusted = descending[Math.ceil((2 * descending.length) / 3) - 1] ?? 0;
  return suspects.reduce((fewest, count) => Math.min(fewest, count), ofTrusted);
}

/** @returns by sample, `perSample` of its rows */
export const drawRows = ({ rowsOf, perSample }: SampleRows, rng: Rng): Int32Array[] =>
  rowsOf.map((rows, sample) => sampleWithoutReplacement(rng.fork(`${sample}`), rows, perSample));

/** float32 [samples, numFeatures], each the mean of the rows drawn */
export function meanRows(
  { table: { cols, data } }: Pick<SampleRows, "table">,
  drawn: readonly Int32Array[],
): Matrix {
  const means = new Float32Array(drawn.length * cols);
  drawn.forEach((rows, sample) => {
    for (let c = 0; c < cols; c++) {
      let sum = 0;
      for (const row of rows) sum += data[row * cols + c];
      means[sample * cols + c] = sum / rows.length;
    }
  });
  return { rows: drawn.length, cols, data: means };
}
