import type { DrawInt } from "./fast-random.js";

/** Nodes with fewer rows list the bins they touch instead of walking all 256. */
const SMALL_NODE = 160;

/** The rows of a tree, reordered in place so that every node is one run of positions. */
export interface TreeRows {
  /** int32 [numPositions], row numbers in the binned matrix. */
  readonly rows: Int32Array;
  /** int32 [numPositions], bootstrap weight * 2 + label. */
  readonly weightedLabels: Int32Array;
}

/** A run of positions and its totals. */
export interface NodeRange {
  readonly start: number;
  readonly end: number;
  /** Bootstrap weight of all rows, and of the rows with label 1. */
  readonly weight: number;
  readonly positives: number;
}

/** The best split seen so far in a node. */
export interface Split {
  /** L R (pL - pR)^2, see `SplitFinder.find`; negative before the first candidate. */
  score: number;
  /** Column number in the binned matrix. */
  column: number;
  /** Rows with bin <= `bin` go left. */
  bin: number;
  /** Left child's weight, and weight of label 1. */
  leftWeight: number;
  leftPositives: number;
}

/** Finds splits for one tree; holds the histogram that its nodes take turns to use. */
export class SplitFinder {
  /** int32 [256 * 2]: weight of label 0 and of label 1 per bin; zero between calls. */
  readonly #histogram = new Int32Array(512);
  /** int32 [8]: one bit a bin, set where a small node has rows; zero between calls. */
  readonly #touched = new Int32Array(8);
  readonly #codes: Uint8Array;
  readonly #numRows: number;
  readonly #rows: Int32Array;
  readonly #weightedLabels: Int32Array;

  /** @param codes uint8 [cols, numRows] */
  constructor(codes: Uint8Array, numRows: number, tree: TreeRows) {
    this.#codes = codes;
    this.#numRows = numRows;
    this.#rows = tree.rows;
    this.#weightedLabels = tree.weightedLabels;
  }

  /**
   * The split with the largest Gini decrease among randomly drawn columns. As in scikit-learn, drawing goes on past
   * `featuresPerSplit` until some column is not constant in the node; a split is made even where nothing is gained.
   *
   * With L, R the children's weights, p their shares of label 1 and N = L + R, weight times impurity decreases by
   * 2 L R (pL - pR)^2 / N, and L R (pL - pR)^2 = (l1 N - t1 L)^2 / (L R) needs one division a candidate.
   * @param columns int32 [numCandidates], reordered by the drawing
   * @returns undefined when every column is constant in the node
   */
  find(node: NodeRange, columns: Int32Array, featuresPerSplit: number, draw: DrawInt): Split | undefined {
    const { start, end, weight, positives } = node;
    const best: Split = { score: -1, column: -1, bin: 0, leftWeight: 0, leftPositives: 0 };
    for (let drawn = 0; drawn < columns.length; drawn++) {
      if (drawn >= featuresPerSplit && best.column >= 0) break;
      const pick = drawn + draw(columns.length - drawn);
      const column = columns[pick];
      columns[pick] = columns[drawn];
      columns[drawn] = column;
      if (end - start < SMALL_NODE) this.#trySmall(column, start, end, weight, positives, best);
      else this.#tryLarge(column, start, end, weight, positives, best);
    }
    return best.column < 0 ? undefined : best;
  }

  #tryLarge(
    column: number,
    start: number,
    end: number,
    weight: number,
    positives: number,
    best: Split,
  ): void {
    const codes = this.#codes;
    const rows = this.#rows;
    const weightedLabels = this.#weightedLabels;
    const histogram = this.#histogram;
    const offset = column * this.#numRows;
    for (let i = start; i < end; i++) {
      const weightedLabel = weightedLabels[i];
      histogram[(codes[offset + rows[i]] << 1) | (weightedLabel & 1)] += weightedLabel >> 1;
    }
    let leftWeight = 0;
    let leftPositives = 0;
    let previous = -1;
    let bestScore = best.score;
    for (let bin = 0; bin < 256; bin++) {
      const negative = histogram[2 * bin];
      const positive = histogram[2 * bin + 1];
      if ((negative | positive) === 0) continue;
      if (previous >= 0) {
        const difference = leftPositives * weight - positives * leftWeight;
        const score = (difference * difference) / (leftWeight * (weight - leftWeight));
        if (score > bestScore) {
          bestScore = score;
          record(best, score, column, (previous + bin - 1) >> 1, leftWeight, leftPositives);
        }
      }
      leftWeight += negative + positive;
      leftPositives += positive;
      previous = bin;
    }
    histogram.fill(0);
  }

  #trySmall(
    column: number,
    start: number,
    end: number,
    weight: number,
    positives: number,
    best: Split,
  ): void {
    const codes = this.#codes;
    const rows = this.#rows;
    const weightedLabels = this.#weightedLabels;
    const histogram = this.#histogram;
    const touched = this.#touched;
    const offset = column * this.#numRows;
    for (let i = start; i < end; i++) {
      const weightedLabel = weightedLabels[i];
      const bin = codes[offset + rows[i]];
      histogram[(bin << 1) | (weightedLabel & 1)] += weightedLabel >> 1;
      touched[bin >> 5] |= 1 << (bin & 31);
    }
    let leftWeight = 0;
    let leftPositives = 0;
    let previous = -1;
    let bestScore = best.score;
    for (let word = 0; word < 8; word++) {
      let bits = touched[word];
      touched[word] = 0;
      while (bits !== 0) {
        const lowestBit = bits & -bits;
        bits ^= lowestBit;
        const bin = (word << 5) | (31 - Math.clz32(lowestBit));
        const negative = histogram[2 * bin];
        const positive = histogram[2 * bin + 1];
        histogram[2 * bin] = 0;
        histogram[2 * bin + 1] = 0;
        if (previous >= 0) {
          const difference = leftPositives * weight - positives * leftWeight;
          const score = (difference * difference) / (leftWeight * (weight - leftWeight));
          if (score > bestScore) {
            bestScore = score;
            record(best, score, column, (previous + bin - 1) >> 1, leftWeight, leftPositives);
          }
        }
        leftWeight += negative + positive;
        leftPositives += positive;
        previous = bin;
      }
    }
  }
}

function record(
  best: Split,
  score: number,
  column: number,
  bin: number,
  leftWeight: number,
  leftPositives: number,
): void {
  best.score = score;
  best.column = column;
  best.bin = bin;
  best.leftWeight = leftWeight;
  best.leftPositives = leftPositives;
}
