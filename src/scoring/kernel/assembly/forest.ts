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

/**
 * Turns a table around, four rows by four columns at a time.
 * @param source float32 [numRows, width], its rows `stride` bytes apart
 * @param target float32 [width, numRows], overwritten
 * @param width a multiple of 4
 */
export function transpose(source: usize, stride: usize, target: usize, numRows: i32, width: i32): void {
  const columnBytes = (<usize>numRows) << 2;
  const wholeRows = numRows & ~3;
  for (let row: i32 = 0; row < wholeRows; row += 4) {
    const rows = source + <usize>row * stride;
    let write = target + ((<usize>row) << 2);
    for (let column: i32 = 0; column < width; column += 4) {
      const read = rows + ((<usize>column) << 2);
      const a = v128.load(read);
      const b = v128.load(read + stride);
      const c = v128.load(read + 2 * stride);
      const d = v128.load(read + 3 * stride);
      const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
      const cd01 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
      const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const cd23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
      v128.store(write, v128.shuffle<i64>(ab01, cd01, 0, 2));
      v128.store(write + columnBytes, v128.shuffle<i64>(ab01, cd01, 1, 3));
      v128.store(write + 2 * columnBytes, v128.shuffle<i64>(ab23, cd23, 0, 2));
      v128.store(write + 3 * columnBytes, v128.shuffle<i64>(ab23, cd23, 1, 3));
      write += 4 * columnBytes;
    }
  }
  for (let row: i32 = wholeRows; row < numRows; row++) {
    for (let column: i32 = 0; column < width; column++) {
      const value = load<f32>(source + <usize>row * stride + ((<usize>column) << 2));
      store<f32>(target + <usize>column * columnBytes + ((<usize>row) << 2), value);
    }
  }
}

/**
 * Sorts some of a column's values, by radix: four passes of a byte.
 * @param values float32, finite
 * @param rows int32 [count], which of them
 * @param target float32 [count], overwritten by them in ascending order
 * @param spare room for `count` numbers of 4 bytes
 * @param counters int32 [256]
 */
export function sortSome(
  values: usize,
  rows: usize,
  count: i32,
  target: usize,
  spare: usize,
  counters: usize,
): void {
  const size = (<usize>count) << 2;
  for (let at: usize = 0; at < size; at += 4) {
    const bits = load<u32>(values + ((<usize>load<i32>(rows + at)) << 2));
    // As unsigned integers these are ordered as the floats are.
    store<u32>(target + at, bits ^ (<u32>(<i32>bits >> 31) | 0x80000000));
  }
  for (let shift: u32 = 0; shift < 32; shift += 16) {
    sortByByte(target, spare, size, shift, counters);
    sortByByte(spare, target, size, shift + 8, counters);
  }
  for (let at: usize = 0; at < size; at += 4) {
    const key = load<u32>(target + at);
    store<u32>(target + at, key ^ (<u32>(<i32>~key >> 31) | 0x80000000));
  }
}

function sortByByte(source: usize, target: usize, size: usize, shift: u32, counters: usize): void {
  memory.fill(counters, 0, 4 * BINS);
  for (let at: usize = 0; at < size; at += 4) {
    const counter = counters + (((load<u32>(source + at) >> shift) & 255) << 2);
    store<u32>(counter, load<u32>(counter) + 4);
  }
  let next = target;
  for (let counter = counters; counter < counters + 4 * BINS; counter += 4) {
    const bytes = load<u32>(counter);
    store<u32>(counter, <u32>next);
    next += bytes;
  }
  for (let at: usize = 0; at < size; at += 4) {
    const key = load<u32>(source + at);
    const counter = counters + (((key >> shift) & 255) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 4);
    store<u32>(place, key);
  }
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
  const top = i32x4.splat(cells - 1);
  const zero = i32x4.splat(0);
  const low = f32x4.splat(lowest);
  const scales = f32x4.splat(scale);
  let nonFinite = f32x4.splat(0);
  const whole = (<usize>count) & ~3;
  for (let i: usize = 0; i < whole; i += 4) {
    const four = v128.load(values + (i << 2));
    nonFinite = f32x4.add(nonFinite, f32x4.sub(four, four));
    const place = i32x4.trunc_sat_f32x4_s(f32x4.mul(f32x4.sub(four, low), scales));
    const cell = i32x4.min_s(i32x4.max_s(place, zero), top);
    const to = codes + i;
    store<u8>(to, binOf(f32x4.extract_lane(four, 0), i32x4.extract_lane(cell, 0), edges, firstBin), 0);
    store<u8>(to, binOf(f32x4.extract_lane(four, 1), i32x4.extract_lane(cell, 1), edges, firstBin), 1);
    store<u8>(to, binOf(f32x4.extract_lane(four, 2), i32x4.extract_lane(cell, 2), edges, firstBin), 2);
    store<u8>(to, binOf(f32x4.extract_lane(four, 3), i32x4.extract_lane(cell, 3), edges, firstBin), 3);
  }
  let rest: f32 = 0;
  for (let i = whole; i < <usize>count; i++) {
    const value = load<f32>(values + (i << 2));
    rest += value - value;
    const place = i32x4.trunc_sat_f32x4_s(f32x4.splat((value - lowest) * scale));
    const cell = i32x4.extract_lane(i32x4.min_s(i32x4.max_s(place, zero), top), 0);
    store<u8>(codes + i, binOf(value, cell, edges, firstBin));
  }
  const two = f32x4.add(nonFinite, v128.shuffle<f32>(nonFinite, nonFinite, 2, 3, 2, 3));
  return rest + f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
}

// @ts-ignore: a decorator on a function
@inline
function binOf(value: f32, cell: i32, edges: usize, firstBin: usize): u8 {
  let bin = <usize>load<u8>(firstBin + <usize>cell);
  // Most cells hold one edge at most: this step needs no branch, and the loop after it hardly ever runs.
  bin += <usize>(load<f32>(edges + (bin << 2)) < value);
  while (load<f32>(edges + (bin << 2)) < value) bin++;
  return <u8>bin;
}
