/** Most bins a column may have: a bin number fits in a byte. */
const MAX_BINS = 256;
/** Places kept for the edges of one column. */
export const EDGES_PER_COLUMN = MAX_BINS - 1;
/** Cells of the table that narrows the search for a value's bin. */
const CELLS = 1024;

/**
 * Columns reduced to bin numbers. Bin b holds the values v with edge[b-1] < v <= edge[b], so "bin <= b" and
 * "value <= edge[b]" are the same question: a tree grown on bins also reads raw values.
 */
export interface BinnedColumns {
  readonly rows: number;
  /** uint8 [cols, rows]: column-major, so that a column is one run of bytes. */
  readonly codes: Uint8Array;
}

/** Binned columns and their edges, in memory that threads share. */
export interface BinnedMatrix extends BinnedColumns {
  readonly cols: number;
  readonly codes: Uint8Array<SharedArrayBuffer>;
  /** float32 [cols, 255], each column's edges ascending, unused places at the end. */
  readonly edges: Float32Array<SharedArrayBuffer>;
}

/**
 * Edges between bins of about equal population. With at most 256 distinct values every value has its own bin.
 * @param sorted float32 [numValues], ascending, finite
 * @returns float32 [numBins - 1], strictly ascending
 */
export function quantileEdges(sorted: Float32Array): Float32Array {
  const count = sorted.length;
  let distinct = count > 0 ? 1 : 0;
  for (let i = 1; i < count; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  const edges = new Float32Array(Math.max(0, Math.min(distinct, MAX_BINS) - 1));
  let used = 0;
  let start = 0;
  while (used < edges.length) {
    const size = distinct <= MAX_BINS ? 1 : Math.ceil((count - start) / (MAX_BINS - used));
    let end = start + size;
    while (end < count && sorted[end] === sorted[end - 1]) end++;
    if (end >= count) break;
    edges[used++] = edgeBetween(sorted[end - 1], sorted[end]);
    start = end;
  }
  return edges.slice(0, used);
}

/** A float32 e with low <= e < high: the middle, unless it rounds up to `high`. */
function edgeBetween(low: number, high: number): number {
  const middle = Math.fround((low + high) / 2);
  return middle < high ? middle : low;
}

/**
 * Writes the bin of each value of one column.
 * @param values float32 [numRows], finite
 * @param edges float32 [numBins - 1], strictly ascending
 * @param codes uint8 [numRows], overwritten
 */
export function assignBins(values: Float32Array, edges: Float32Array, codes: Uint8Array): void {
  if (edges.length === 0) {
    codes.fill(0);
    return;
  }
  const lowest = edges[0];
  const highest = edges[edges.length - 1];
  const scale = CELLS / (highest - lowest);
  const cellOf = (value: number): number => Math.min(CELLS - 1, Math.floor((value - lowest) * scale));
  // firstBin[c]: edges in lower cells, all of them below every value of cell c.
  const firstBin = new Uint8Array(CELLS + 1);
  for (let e = 0, cell = 0; cell <= CELLS; cell++) {
    while (e < edges.length && edges.length > 1 && cellOf(edges[e]) < cell) e++;
    firstBin[cell] = e;
  }
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value <= lowest) codes[row] = 0;
    else if (value > highest) codes[row] = edges.length;
    else {
      const cell = cellOf(value);
      let low = firstBin[cell];
      let high = firstBin[cell + 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (edges[middle] < value) low = middle + 1;
        else high = middle;
      }
      codes[row] = low;
    }
  }
}
