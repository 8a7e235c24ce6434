import type { BinnedMatrix } from "../binned-matrix.js";
import { type PackedTrees, unpackTrees } from "./packed-trees.js";
import { meanVotes, outOfBagVotes } from "./votes.js";

/** Ask all trees of a forest about some rows of the matrix they were grown on. */
export interface VoteTask {
  readonly kind: "vote";
  readonly binned: BinnedMatrix;
  readonly trees: PackedTrees;
  /** int32, rows of the matrix; asked about are those from place `first` up to `end`. */
  readonly rows: Int32Array<SharedArrayBuffer>;
  readonly first: number;
  readonly end: number;
  /** uint8 [numTrees, numRows / 8], the trees' `drawnRows`: for out-of-bag votes instead of all trees'. */
  readonly drawn?: Uint8Array<SharedArrayBuffer>;
}

/** @returns float64 [end - first], P(label 1) of each row */
export function runVoteTask({ binned, trees: packed, rows, first, end, drawn }: VoteTask): Float64Array {
  const trees = unpackTrees(packed);
  const some = rows.subarray(first, end);
  if (!drawn) return meanVotes(trees, binned, some);
  const bytes = drawn.length / trees.length;
  const ofTrees = trees.map((_, t) => drawn.subarray(t * bytes, (t + 1) * bytes));
  return outOfBagVotes(trees, binned, some, ofTrees);
}
