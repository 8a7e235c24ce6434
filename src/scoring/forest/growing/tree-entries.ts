/** A run of a tree's entries and its totals: rows of label 0, then those of label 1. */
export interface NodeRange {
  /** Positions in the tree's entries. */
  readonly start: number;
  /** Position of the first row with label 1. */
  readonly firstPositive: number;
  readonly end: number;
  /** Bootstrap weight of all rows, and of the rows with label 1. */
  readonly weight: number;
  readonly positives: number;
}

/** Rows that an entry can name. */
export const MAX_ROWS = 2 ** 24;
/** An entry's greatest weight: that a bootstrap draws one row more often has a chance below 1e-500. */
const MAX_WEIGHT = 255;

/** A row of a tree: its number in the binned matrix, and how often the bootstrap drew it. */
export function treeEntry(row: number, weight: number): number {
  if (weight > MAX_WEIGHT) throw new Error(`A bootstrap drew row ${row} ${weight} times.`);
  return weight * MAX_ROWS + row;
}

/**
 * The rows that a tree's entries name.
 * @param numRows of the binned matrix
 * @returns uint8 [numRows / 8, rounded up], a bit a row
 */
export function drawnRows(entries: Uint32Array, numRows: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(numRows / 8));
  for (const entry of entries) {
    const row = entry % MAX_ROWS;
    bits[row >> 3] |= 1 << (row & 7);
  }
  return bits;
}

/** The range of a root. @param numNegatives how many entries have label 0: the first ones, the others have label 1 */
export function wholeRange(entries: Uint32Array, numNegatives: number): NodeRange {
  const sum = (some: Uint32Array): number => some.reduce((total, entry) => total + (entry >>> 24), 0);
  const positives = sum(entries.subarray(numNegatives));
  const weight = positives + sum(entries.subarray(0, numNegatives));
  return { start: 0, firstPositive: numNegatives, end: entries.length, weight, positives };
}
