import type { NodeRange, Split, TreeRows } from "./best-split.js";
import type { BinnedColumns } from "./binning.js";

/** Nodes with fewer rows list the bins they touch instead of walking all 256. */
const SMALL_NODE = 64;
/** Places of one column: 256 bins of label 0, then 256 bins of label 1. */
const STRIDE = 512;

/**
 * Weights per column, label and bin of one node, four columns at a time: reading a row's number and weight once for
 * four columns is what makes growing fast. One instance serves all nodes of a tree in turn.
 */
export class NodeHistograms {
  /** Columns handled together, at most. */
  static readonly COLUMNS = 4;
  /** float64 [4, 2, 256], whole numbers, zero between calls; scores are computed from it without conversions. */
  readonly #weights = new Float64Array(NodeHistograms.COLUMNS * STRIDE);
  /** int32 [8]: one bit a bin, set where a small node has rows; zero between calls. */
  readonly #touched = new Int32Array(8);
  readonly #codes: Uint8Array;
  readonly #numRows: number;
  readonly #tree: TreeRows;

  constructor(matrix: BinnedColumns, tree: TreeRows) {
    this.#codes = matrix.codes;
    this.#numRows = matrix.rows;
    this.#tree = tree;
  }

  /**
   * Replaces `best` by a split on one of some columns, if one scores higher.
   * @param columns int32; the columns from position `first` on, `count` of them (1 to 4)
   */
  improve(best: Split, node: NodeRange, columns: Int32Array, first: number, count: number): void {
    if (node.end - node.start < SMALL_NODE) {
      for (let k = 0; k < count; k++) this.#improveSmall(best, node, columns[first + k]);
      return;
    }
    // Places without a column of their own repeat the last one, unread.
    const offsetOf = (k: number): number => columns[first + Math.min(k, count - 1)] * this.#numRows;
    const { start, firstPositive, end } = node;
    const a = offsetOf(0);
    const b = offsetOf(1);
    const c = offsetOf(2);
    const d = offsetOf(3);
    this.#fill(start, firstPositive, 0, a, b, c, d);
    this.#fill(firstPositive, end, 256, a, b, c, d);
    for (let k = 0; k < count; k++) scan(this.#weights, k * STRIDE, columns[first + k], node, best);
    this.#weights.fill(0);
  }

  #fill(from: number, to: number, label: number, a: number, b: number, c: number, d: number): void {
    const codes = this.#codes;
    const { rows, weights: rowWeights } = this.#tree;
    const weights = this.#weights;
    const placeB = STRIDE + label;
    const placeC = 2 * STRIDE + label;
    const placeD = 3 * STRIDE + label;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const weight = rowWeights[i];
      weights[label + codes[a + row]] += weight;
      weights[placeB + codes[b + row]] += weight;
      weights[placeC + codes[c + row]] += weight;
      weights[placeD + codes[d + row]] += weight;
    }
  }

  #improveSmall(best: Split, node: NodeRange, column: number): void {
    const codes = this.#codes;
    const { rows, weights: rowWeights } = this.#tree;
    const weights = this.#weights;
    const touched = this.#touched;
    const { start, firstPositive, end, weight, positives } = node;
    const offset = column * this.#numRows;
    for (let i = start; i < end; i++) {
      const bin = codes[offset + rows[i]];
      weights[bin + (i < firstPositive ? 0 : 256)] += rowWeights[i];
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
        if (previous >= 0) {
          const difference = leftPositives * weight - positives * leftWeight;
          const score = (difference * difference) / (leftWeight * (weight - leftWeight));
          if (score > bestScore) {
            bestScore = score;
            record(best, score, column, (previous + bin - 1) >> 1, leftWeight, leftPositives);
          }
        }
        leftWeight += weights[bin] + weights[256 + bin];
        leftPositives += weights[256 + bin];
        weights[bin] = 0;
        weights[256 + bin] = 0;
        previous = bin;
      }
    }
  }
}

/**
 * Tries a cut after every bin. An empty bin repeats the score before it, and where one side is empty the score is
 * 0 / 0, so neither is ever higher: a loop without such tests is faster than one that skips.
 */
function scan(weights: Float64Array, place: number, column: number, node: NodeRange, best: Split): void {
  const { weight, positives } = node;
  let leftWeight = 0;
  let leftPositives = 0;
  let bestScore = best.score;
  let bestBin = -1;
  let bestWeight = 0;
  let bestPositives = 0;
  for (let bin = 0; bin < 256; bin++) {
    const positive = weights[place + 256 + bin];
    leftWeight += weights[place + bin] + positive;
    leftPositives += positive;
    const difference = leftPositives * weight - positives * leftWeight;
    const score = (difference * difference) / (leftWeight * (weight - leftWeight));
    if (score > bestScore) {
      bestScore = score;
      bestBin = bin;
      bestWeight = leftWeight;
      bestPositives = leftPositives;
    }
  }
  if (bestBin < 0) return;
  let next = bestBin + 1;
  while (weights[place + next] + weights[place + 256 + next] === 0) next++;
  record(best, bestScore, column, (bestBin + next - 1) >> 1, bestWeight, bestPositives);
}

/** The cut goes half-way between the two neighbouring bins that have rows. */
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
