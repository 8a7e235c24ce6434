/** A binary tree, node 0 its root. Rows with bin <= `splitBin` go to `left`, the others to `left + 1`. */
export interface Tree {
  /** int32 [numNodes], column of the split; -1 in a leaf. */
  readonly column: Int32Array;
  /** uint8 [numNodes] */
  readonly splitBin: Uint8Array;
  /** int32 [numNodes] */
  readonly left: Int32Array;
  /** float64 [numNodes], share of label 1 among the node's training rows. */
  readonly probability: Float64Array;
}

/** A tree and what its splits were worth. */
export interface GrownTree extends Tree {
  /** float64 [numNodes], the split's weighted decrease of Gini impurity; 0 in a leaf. */
  readonly decrease: Float64Array;
}
