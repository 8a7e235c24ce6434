// AssemblyScript: `npm run kernel` compiles it into ../forest-wasm.ts. Addresses are bytes in the one memory.

/** Values of a byte. */
const DIGITS: usize = 256;

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
  memory.fill(counters, 0, 4 * DIGITS);
  for (let at: usize = 0; at < size; at += 4) {
    const counter = counters + (((load<u32>(source + at) >> shift) & 255) << 2);
    store<u32>(counter, load<u32>(counter) + 4);
  }
  let next = target;
  for (let counter = counters; counter < counters + 4 * DIGITS; counter += 4) {
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
