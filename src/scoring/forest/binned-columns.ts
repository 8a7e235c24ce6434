/**
 * Columns reduced to bin numbers. Bin b holds the values v with edge[b-1] < v <= edge[b], so "bin <= b" and
 * "value <= edge[b]" are the same question: a tree grown on bins also reads raw values.
 */
export interface BinnedColumns {
  readonly rows: number;
  readonly cols: number;
  readonly memory: WebAssembly.Memory;
  /** uint8 [cols, rows], in the memory: column-major, so that a column is one run of bytes. */
  readonly codes: Uint8Array<SharedArrayBuffer>;
}
