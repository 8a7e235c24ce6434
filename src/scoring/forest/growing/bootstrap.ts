import type { DrawInt } from "../../../random/fast-random.js";
import type { ScratchPieces } from "../kernel/scratch.js";
import { treeEntry } from "./tree-entries.js";

/** The rows that one tree grows from. */
export interface Bootstrap {
  /** uint32, rows and weights (see `treeEntry`): first those with label 0, then those with label 1. */
  readonly entries: Uint32Array;
  /** How many have label 0. */
  readonly numNegatives: number;
}

/**
 * Draws as many rows as there are, with replacement; a row drawn w times appears once, with weight w. Rows of one label
 * keep their order.
 * @param trainRows int32 [numTrain]
 * @param trainLabels uint8 [numTrain], 0 or 1
 */
export function bootstrap(
  trainRows: Int32Array,
  trainLabels: Uint8Array,
  draw: DrawInt,
  scratch: ScratchPieces,
): Bootstrap {
  const numTrain = trainRows.length;
  const counts = new Int32Array(numTrain);
  let numDrawn = 0;
  for (let i = 0; i < numTrain; i++) if (counts[draw(numTrain)]++ === 0) numDrawn++;
  const entries = scratch.uint32(numDrawn);
  let write = 0;
  const append = (label: number): number => {
    for (let i = 0; i < numTrain; i++) {
      if (counts[i] === 0 || trainLabels[i] !== label) continue;
      entries[write++] = treeEntry(trainRows[i], counts[i]);
    }
    return write;
  };
  const numNegatives = append(0);
  append(1);
  return { entries, numNegatives };
}
