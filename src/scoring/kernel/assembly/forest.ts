// AssemblyScript: `npm run kernel` compiles it into ../forest-wasm.ts. Addresses are bytes in the one memory.

const BINS: i32 = 256;
/** Nodes with fewer rows list the bins they touch instead of walking all 256. */
const SMALL_NODE: i32 = 64;
/** Bytes from the weights of label 0, int32 [256], to those of label 1. */
const LABEL: usize = 1024;
/** Bytes from the weights to the bits of touched bins, uint64 [4]. */
const TOUCHED: usize = 2048;

/**
 * Replaces the best split of a node by one on this column, if it scores higher; see `SplitFinder`.
 * @param codes uint8 [numRows], the column's bins
 * @param rows int32, the tree's row numbers; the node's are those from position start to end, label 1 from firstPositive
 * @param weights int32, their weights, >= 1
 * @param best float64 score, then int32 column, bin, weight and weight of label 1 on the left
 * @param work int32 [2, 256] and uint64 [4], zero between calls
 */
export function improve(
  codes: usize,
  rows: usize,
  weights: usize,
  start: i32,
  firstPositive: i32,
  end: i32,
  weight: i32,
  positives: i32,
  column: i32,
  best: usize,
  work: usize,
): void {
  if (end - start < SMALL_NODE) {
    addAndTouch(codes, rows, weights, start, firstPositive, work, work + TOUCHED);
    addAndTouch(codes, rows, weights, firstPositive, end, work + LABEL, work + TOUCHED);
    scanTouched(<f64>weight, <f64>positives, column, best, work);
  } else {
    add(codes, rows, weights, start, firstPositive, work);
    add(codes, rows, weights, firstPositive, end, work + LABEL);
    scanAll(<f64>weight, <f64>positives, column, best, work);
    memory.fill(work, 0, 2 * LABEL);
  }
}

function add(codes: usize, rows: usize, weights: usize, from: i32, to: i32, sums: usize): void {
  const last = rows + ((<usize>to) << 2);
  const distance = weights - rows;
  for (let row = rows + ((<usize>from) << 2); row < last; row += 4) {
    const at = sums + ((<usize>load<u8>(codes + load<u32>(row))) << 2);
    store<i32>(at, load<i32>(at) + load<i32>(row + distance));
  }
}

function addAndTouch(
  codes: usize,
  rows: usize,
  weights: usize,
  from: i32,
  to: i32,
  sums: usize,
  touched: usize,
): void {
  const last = rows + ((<usize>to) << 2);
  const distance = weights - rows;
  for (let row = rows + ((<usize>from) << 2); row < last; row += 4) {
    const bin = <usize>load<u8>(codes + load<u32>(row));
    const at = sums + (bin << 2);
    store<i32>(at, load<i32>(at) + load<i32>(row + distance));
    const word = touched + ((bin >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (bin & 63)));
  }
}

function scanAll(weight: f64, positives: f64, column: i32, best: usize, work: usize): void {
  const negatives = weight - positives;
  let score = load<f64>(best);
  let left0: i32 = 0;
  let left1: i32 = 0;
  let bin: i32 = -1;
  let bin0: i32 = 0;
  let bin1: i32 = 0;
  for (let b: i32 = 0; b < BINS; b++) {
    const at = work + ((<usize>b) << 2);
    left0 += load<i32>(at);
    left1 += load<i32>(at, LABEL);
    const left = <f64>(left0 + left1);
    const difference = <f64>left1 * negatives - <f64>left0 * positives;
    const product = left * (weight - left);
    if (difference * difference > score * product) {
      score = (difference * difference) / product;
      bin = b;
      bin0 = left0;
      bin1 = left1;
    }
  }
  if (bin < 0) return;
  let next = bin + 1;
  while (weightOf(work, next) == 0) next++;
  record(best, score, column, (bin + next - 1) >> 1, bin0 + bin1, bin1);
}

function scanTouched(weight: f64, positives: f64, column: i32, best: usize, work: usize): void {
  const negatives = weight - positives;
  let score = load<f64>(best);
  let left0: i32 = 0;
  let left1: i32 = 0;
  let previous: i32 = -1;
  for (let word: i32 = 0; word < 4; word++) {
    const touched = work + TOUCHED + ((<usize>word) << 3);
    let bits = load<u64>(touched);
    store<u64>(touched, 0);
    while (bits != 0) {
      const bin = (word << 6) | <i32>ctz<u64>(bits);
      bits &= bits - 1;
      const left = <f64>(left0 + left1);
      const difference = <f64>left1 * negatives - <f64>left0 * positives;
      const product = left * (weight - left);
      if (difference * difference > score * product) {
        score = (difference * difference) / product;
        record(best, score, column, (previous + bin - 1) >> 1, left0 + left1, left1);
      }
      const at = work + ((<usize>bin) << 2);
      left0 += load<i32>(at);
      left1 += load<i32>(at, LABEL);
      store<i32>(at, 0);
      store<i32>(at, 0, LABEL);
      previous = bin;
    }
  }
}

function weightOf(work: usize, bin: i32): i32 {
  const at = work + ((<usize>bin) << 2);
  return load<i32>(at) + load<i32>(at, LABEL);
}

/** The cut goes half-way between the two neighbouring bins that have rows. */
function record(best: usize, score: f64, column: i32, bin: i32, leftWeight: i32, leftPositives: i32): void {
  store<f64>(best, score);
  store<i32>(best, column, 8);
  store<i32>(best, bin, 12);
  store<i32>(best, leftWeight, 16);
  store<i32>(best, leftPositives, 20);
}

/**
 * Writes the bin of each value of one column.
 * @param values float32 [count]
 * @param edges float32 [numEdges + 1], strictly ascending, the last one infinite
 * @param firstBin uint8 [cells]: of each cell of (lowest edge, highest edge], the number of edges in lower cells
 * @param codes uint8 [count], overwritten
 * @returns 0, or what is not 0 when a value is not finite
 */
export function assign(
  values: usize,
  count: i32,
  edges: usize,
  firstBin: usize,
  cells: i32,
  lowest: f32,
  scale: f32,
  codes: usize,
): f32 {
  const top = <f32>(cells - 1);
  let nonFinite: f32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f32>(values + (i << 2));
    nonFinite += value - value;
    const cell = <u32>max<f32>(0, min<f32>(top, (value - lowest) * scale));
    let code = <usize>load<u8>(firstBin + cell);
    while (load<f32>(edges + (code << 2)) < value) code++;
    store<u8>(codes + i, <u8>code);
  }
  return nonFinite;
}
