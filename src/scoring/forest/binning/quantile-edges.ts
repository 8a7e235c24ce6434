import { EDGES_PER_COLUMN } from "../binned-matrix.js";

/** Most bins a column may have: a bin number fits in a byte. */
const MAX_BINS = EDGES_PER_COLUMN + 1;

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
