// AssemblyScript: `npm run kernel` compiles it into ../forest-wasm.ts. Addresses are bytes in the one memory.

const BINS: i32 = 256;
const CACHE_LINE: i32 = 64;
/** Nodes with fewer rows list the bins they touch instead of walking all 256. */
const SMALL_NODE: usize = 96;
/** Of an entry of a tree: its row number, and above it how often the bootstrap drew it. */
const ROW: u32 = 0xffffff;
const WEIGHT_SHIFT: u32 = 24;
/** Bytes from the sums of label 0, int32 [256], to those of label 1. */
const LABEL_1: usize = 1024;
/** Bytes from the sums to the bits of touched bins, uint64 [4]. */
const TOUCHED: usize = 2048;

// A node: where its entries begin, where those of label 1, where they end (uint32); its weight, and that of label 1
// (int32); its best split, as `record` leaves it; and, float32, the weight, the share of label 1 and the weight times
// 2^-22. `SplitFinder` writes them.
const NODE_SIZE: usize = 56;
const FIRST_POSITIVE: usize = 4;
const END: usize = 8;
const WEIGHT: usize = 12;
const POSITIVES: usize = 16;
const COLUMN: usize = 20;
const SCORE: usize = 24;
const BIN: usize = 32;
const LEFT_WEIGHT: usize = 36;
const LEFT_POSITIVES: usize = 40;
const FLOAT_WEIGHT: usize = 44;
const SHARE: usize = 48;
const MARGIN: usize = 52;

/**
 * Looks for the best split of each node on its columns; see `SplitFinder`.
 * @param codes uint8 [cols, numRows], the columns' bins
 * @param places int32 [cols + 1]: the nodes of a column c stand from places[c] to places[c + 1]
 * @param nodes int32, numbers of nodes
 * @param records of the nodes; a split is replaced by one that scores higher
 * @param work int32 [2, 256] and uint64 [4], zero between calls
 * @returns nothing of use: it keeps the compiler from leaving out what is only read ahead
 */
export function findSplits(
  codes: usize,
  numRows: i32,
  cols: i32,
  places: usize,
  nodes: usize,
  records: usize,
  work: usize,
): u32 {
  let read: u32 = 0;
  let at = nodes;
  for (let column: i32 = 0; column < cols; column++) {
    const end = nodes + ((<usize>load<i32>(places + ((<usize>column + 1) << 2))) << 2);
    // In order, memory answers faster than to the entries, which ask for a line here and there.
    if (at < end) for (let k: i32 = 0; k < numRows; k += CACHE_LINE) read |= load<u8>(codes + k);
    for (; at < end; at += 4) {
      const node = records + <usize>load<i32>(at) * NODE_SIZE;
      improve(codes, column, node, work);
    }
    codes += numRows;
  }
  return read;
}

/** The same of one node on one column. @param codes uint8 [numRows] of the column */
export function improve(codes: usize, column: i32, node: usize, work: usize): void {
  const start = <usize>load<u32>(node);
  const firstPositive = <usize>load<u32>(node, FIRST_POSITIVE);
  const end = <usize>load<u32>(node, END);
  if (end - start < 4 * SMALL_NODE) {
    addAndTouch(codes, start, firstPositive, work, work + TOUCHED);
    addAndTouch(codes, firstPositive, end, work + LABEL_1, work + TOUCHED);
    scanTouched(node, column, work);
  } else {
    add(codes, start, firstPositive, work);
    add(codes, firstPositive, end, work + LABEL_1);
    scanAll(node, column, work);
  }
}

function add(codes: usize, from: usize, to: usize, sums: usize): void {
  let at = from;
  for (; at + 16 <= to; at += 16) {
    addEntry(codes, load<u32>(at), sums);
    addEntry(codes, load<u32>(at, 4), sums);
    addEntry(codes, load<u32>(at, 8), sums);
    addEntry(codes, load<u32>(at, 12), sums);
  }
  for (; at < to; at += 4) addEntry(codes, load<u32>(at), sums);
}

// @ts-ignore: a decorator on a function
@inline
function addEntry(codes: usize, entry: u32, sums: usize): void {
  const sum = sums + ((<usize>load<u8>(codes + (entry & ROW))) << 2);
  store<u32>(sum, load<u32>(sum) + (entry >> WEIGHT_SHIFT));
}

function addAndTouch(codes: usize, from: usize, to: usize, sums: usize, touched: usize): void {
  for (let at = from; at < to; at += 4) {
    const entry = load<u32>(at);
    const bin = <usize>load<u8>(codes + (entry & ROW));
    const sum = sums + (bin << 2);
    store<u32>(sum, load<u32>(sum) + (entry >> WEIGHT_SHIFT));
    const word = touched + ((bin >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (bin & 63)));
  }
}

// @ts-ignore: a decorator on a function
@inline
function runningSums(values: v128, before: v128): v128 {
  const zero = i32x4.splat(0);
  const pairs = i32x4.add(values, v128.shuffle<i32>(zero, values, 3, 4, 5, 6));
  return i32x4.add(before, i32x4.add(pairs, v128.shuffle<i32>(zero, pairs, 2, 3, 4, 5)));
}

/**
 * Cuts are compared in float32 first, four at a time. With all weights below 2^24, rounding moves l1 - L t1 / N by less
 * than 2^-22 N; with that much added, and a little taken off the score, no better cut is missed.
 */
function scanAll(node: usize, column: i32, sums: usize): void {
  const weight = <f64>load<i32>(node, WEIGHT);
  const positives = <f64>load<i32>(node, POSITIVES);
  let score = load<f64>(node, SCORE);
  let best: i32 = -1;
  let best0: i32 = 0;
  let best1: i32 = 0;
  // Read, not computed: V8 would compute them again in every round of the loop.
  const weights = v128.load_splat<f32>(node, FLOAT_WEIGHT);
  const share = v128.load_splat<f32>(node, SHARE);
  const margin = v128.load_splat<f32>(node, MARGIN);
  const toBar = (1 - 1e-6) / (weight * weight);
  let bar = f32x4.splat(<f32>(score * toBar));
  let sums0 = i32x4.splat(0);
  let sums1 = i32x4.splat(0);
  for (let bin: i32 = 0; bin < BINS; bin += 4) {
    const at = sums + ((<usize>bin) << 2);
    sums0 = runningSums(v128.load(at), sums0);
    sums1 = runningSums(v128.load(at, LABEL_1), sums1);
    const left = f32x4.convert_i32x4_s(i32x4.add(sums0, sums1));
    const difference = f32x4.sub(f32x4.convert_i32x4_s(sums1), f32x4.mul(left, share));
    const most = f32x4.add(f32x4.abs(difference), margin);
    const product = f32x4.mul(left, f32x4.sub(weights, left));
    const isBetter = f32x4.gt(f32x4.mul(most, most), f32x4.mul(product, bar));
    if (v128.any_true(v128.and(isBetter, f32x4.gt(product, f32x4.splat(0))))) {
      let left0 = i32x4.extract_lane(sums0, 3);
      let left1 = i32x4.extract_lane(sums1, 3);
      for (let k: i32 = 3; k >= 0; k--) {
        left0 -= load<i32>(at + ((<usize>k) << 2));
        left1 -= load<i32>(at + ((<usize>k) << 2), LABEL_1);
      }
      for (let k: i32 = 0; k < 4; k++) {
        // An empty bin's cut is the one before it, which rounding might let pass for a better one.
        if (weightOf(sums, bin + k) == 0) continue;
        left0 += load<i32>(at + ((<usize>k) << 2));
        left1 += load<i32>(at + ((<usize>k) << 2), LABEL_1);
        const left = <f64>(left0 + left1);
        const difference = <f64>left1 * weight - left * positives;
        const product = left * (weight - left);
        if (difference * difference > score * product) {
          score = (difference * difference) / product;
          best = bin + k;
          best0 = left0;
          best1 = left1;
        }
      }
      bar = f32x4.splat(<f32>(score * toBar));
    }
    sums0 = v128.shuffle<i32>(sums0, sums0, 3, 3, 3, 3);
    sums1 = v128.shuffle<i32>(sums1, sums1, 3, 3, 3, 3);
  }
  if (best >= 0) {
    let next = best + 1;
    while (weightOf(sums, next) == 0) next++;
    record(node, score, column, (best + next - 1) >> 1, best0 + best1, best1);
  }
  const zero = i32x4.splat(0);
  for (let at = sums; at < sums + TOUCHED; at += 16) v128.store(at, zero);
}

function weightOf(sums: usize, bin: i32): i32 {
  const at = sums + ((<usize>bin) << 2);
  return load<i32>(at) + load<i32>(at, LABEL_1);
}

function scanTouched(node: usize, column: i32, sums: usize): void {
  const weight = <f64>load<i32>(node, WEIGHT);
  const positives = <f64>load<i32>(node, POSITIVES);
  let score = load<f64>(node, SCORE);
  let left0: i32 = 0;
  let left1: i32 = 0;
  let previous: i32 = -1;
  for (let word: i32 = 0; word < BINS; word += 64) {
    const touched = sums + TOUCHED + ((<usize>word) >> 3);
    let bits = load<u64>(touched);
    store<u64>(touched, 0);
    while (bits != 0) {
      const bin = word | <i32>ctz<u64>(bits);
      bits &= bits - 1;
      const left = <f64>(left0 + left1);
      const difference = <f64>left1 * weight - left * positives;
      const product = left * (weight - left);
      if (difference * difference > score * product) {
        score = (difference * difference) / product;
        record(node, score, column, (previous + bin - 1) >> 1, left0 + left1, left1);
      }
      const at = sums + ((<usize>bin) << 2);
      left0 += load<i32>(at);
      left1 += load<i32>(at, LABEL_1);
      store<i32>(at, 0);
      store<i32>(at, 0, LABEL_1);
      previous = bin;
    }
  }
}

/** The cut goes half-way between the two neighbouring bins that have rows. */
function record(
  node: usize,
  score: f64,
  column: i32,
  bin: i32,
  leftWeight: i32,
  leftPositives: i32,
): void {
  store<f64>(node, score, SCORE);
  store<i32>(node, column, COLUMN);
  store<i32>(node, bin, BIN);
  store<i32>(node, leftWeight, LEFT_WEIGHT);
  store<i32>(node, leftPositives, LEFT_POSITIVES);
}

/**
 * Moves the left child's entries to the front, keeping the order within each child, and so label 0 before label 1.
 * @param codes uint8 [numRows] of the split's column
 * @param node uint32 [3], where its entries begin, where those of label 1, where they end; overwritten by the addresses
 *   of the left child's first entry of label 1, the right child's first entry and its first of label 1
 * @param bin entries with bin <= `bin` go left
 * @param spare room for the node's entries, overwritten
 */
export function partition(codes: usize, node: usize, bin: u32, spare: usize): void {
  const start = <usize>load<u32>(node);
  const firstPositive = <usize>load<u32>(node, FIRST_POSITIVE);
  const end = <usize>load<u32>(node, END);
  let left = start;
  let right = spare;
  let leftPositive = start;
  let rightPositive = spare;
  for (let at = start; at < end; at += 4) {
    if (at == firstPositive) {
      leftPositive = left;
      rightPositive = right;
    }
    const entry = load<u32>(at);
    // Both are written and one is kept: which one cannot be foreseen, so a branch would cost more.
    store<u32>(left, entry);
    store<u32>(right, entry);
    const isRight: usize = <u32>load<u8>(codes + (entry & ROW)) > bin ? 4 : 0;
    right += isRight;
    left += 4 - isRight;
  }
  memory.copy(left, spare, right - spare);
  store<u32>(node, <u32>leftPositive);
  store<u32>(node, <u32>left, 4);
  store<u32>(node, <u32>(left + (rightPositive - spare)), 8);
}
