import type { Tree } from "../tree.js";

/** Trees one after the other, in memory that threads share: a few arrays, however many trees. */
export interface PackedTrees {
  /** int32 [numTrees + 1]: the nodes of tree t stand from starts[t] to starts[t + 1]. */
  readonly starts: Int32Array<SharedArrayBuffer>;
  /** [numNodes of all trees], as in `Tree`. */
  readonly column: Int32Array<SharedArrayBuffer>;
  readonly splitBin: Uint8Array<SharedArrayBuffer>;
  readonly left: Int32Array<SharedArrayBuffer>;
  readonly probability: Float64Array<SharedArrayBuffer>;
}

/** Copies trees into shared memory. */
export function packTrees(trees: readonly Tree[]): PackedTrees {
  const starts = new Int32Array(new SharedArrayBuffer(4 * (trees.length + 1)));
  for (const [t, { column }] of trees.entries()) starts[t + 1] = starts[t] + column.length;
  const numNodes = starts[trees.length];
  const packed = {
    starts,
    column: new Int32Array(new SharedArrayBuffer(4 * numNodes)),
    splitBin: new Uint8Array(new SharedArrayBuffer(numNodes)),
    left: new Int32Array(new SharedArrayBuffer(4 * numNodes)),
    probability: new Float64Array(new SharedArrayBuffer(8 * numNodes)),
  };
  for (const [t, tree] of trees.entries()) {
    packed.column.set(tree.column, starts[t]);
    packed.splitBin.set(tree.splitBin, starts[t]);
    packed.left.set(tree.left, starts[t]);
    packed.probability.set(tree.probability, starts[t]);
  }
  return packed;
}

/** The trees again, without copying them. */
export function unpackTrees({ starts, column, splitBin, left, probability }: PackedTrees): Tree[] {
  return Array.from({ length: starts.length - 1 }, (_, t) => {
    const [start, end] = [starts[t], starts[t + 1]];
    return {
      column: column.subarray(start, end),
      splitBin: splitBin.subarray(start, end),
      left: left.subarray(start, end),
      probability: probability.subarray(start, end),
    };
  });
}
