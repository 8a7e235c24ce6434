import { type Rng, sampleWithoutReplacement } from "../random/rng.js";
import type { ClassifierName } from "../scoring/registry.js";
import type { Matrix } from "../scoring/table/matrix.js";

/**
 * Captured increments of the examined images. A suspect was captured in every epoch and a trusted image only in some: were all
 * rows used, suspects would differ from trusted images by their number alone. So a draw takes as many of every image.
 */
export interface CapturedIncrements {
  /** float32 [numRows, numFeatures] */
  readonly table: Matrix;
  /** By member: its rows of the table, at least `perImage`. */
  readonly rowsOf: readonly Int32Array[];
  readonly perImage: number;
  /** How the run scored them. */
  readonly scoring: { readonly cvModel: ClassifierName; readonly groups: number; readonly k2: number };
  /** uint8 [members], 1 where the run's own cut excludes; absent where it has not scored. */
  readonly excluded?: Uint8Array;
}

/** @returns by member, `perImage` of its rows */
export const drawRows = ({ rowsOf, perImage }: CapturedIncrements, rng: Rng): Int32Array[] =>
  rowsOf.map((rows, member) => sampleWithoutReplacement(rng.fork(`${member}`), rows, perImage));

/** float32 [members, numFeatures], each the mean of the rows drawn */
export function meanRows(
  { table: { cols, data } }: CapturedIncrements,
  drawn: readonly Int32Array[],
): Matrix {
  const means = new Float32Array(drawn.length * cols);
  drawn.forEach((rows, member) => {
    for (let c = 0; c < cols; c++) {
      let sum = 0;
      for (const row of rows) sum += data[row * cols + c];
      means[member * cols + c] = sum / rows.length;
    }
  });
  return { rows: drawn.length, cols, data: means };
}

/**
 * How many rows every image can give: as many as at least two thirds of the trusted images have, and all suspects.
 * @param suspects numbers of rows, one a suspect
 * @param trusted the same of trusted images
 */
export function rowsInCommon(suspects: readonly number[], trusted: readonly number[]): number {
  const descending = [...trusted].sort((a, b) => b - a);
  const ofTrusted = descending[Math.ceil((2 * descending.length) / 3) - 1] ?? 0;
  return suspects.reduce((fewest, count) => Math.min(fewest, count), ofTrusted);
}
