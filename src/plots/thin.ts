import { createRng } from "../random/rng.js";

/** A point to draw. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Its colour, in [0, numGroups). */
  readonly group: number;
}

/** Points drawn in one figure; more would only lie on each other and make its data file large. */
const maxPoints = 5000;

/**
 * Draws an even sample by lot from too many points, and keeps outliers: of a group's points in a cell of a coarse
 * grid, two are always drawn.
 * @param count number of points
 * @param pointAt the i-th point; asked for twice rather than held, as there may be millions
 * @returns ascending positions, at most `limit`; all of them when they are no more than that
 */
export function thin(
  count: number,
  numGroups: number,
  pointAt: (i: number) => Point,
  limit = maxPoints,
): number[] {
  if (count <= limit) return Array.from({ length: count }, (_, i) => i);
  // So few cells that two points of each keep within the limit.
  const side = Math.max(1, Math.floor(Math.sqrt(limit / 2 / numGroups)));
  const cells = cellsOf(count, numGroups, side, pointAt);
  const sizes = new Float64Array(numGroups * side * side);
  for (let i = 0; i < count; i++) sizes[cells[i]]++;
  const wanted = quotas(sizes, limit);
  const rng = createRng("plots/thin");
  // Of each cell, one point by lot from each of `wanted` equal stretches.
  const drawFrom = (cell: number, stretch: number) =>
    Math.floor(((stretch + rng.uniform()) * sizes[cell]) / wanted[cell]);
  const next = sizes.map((_, cell) => drawFrom(cell, 0));
  const seen = new Float64Array(sizes.length);
  const taken = new Float64Array(sizes.length);
  const chosen: number[] = [];
  for (let i = 0; i < count; i++) {
    const cell = cells[i];
    if (taken[cell] < wanted[cell] && seen[cell] >= next[cell]) {
      chosen.push(i);
      next[cell] = drawFrom(cell, ++taken[cell]);
    }
    seen[cell]++;
  }
  return chosen;
}

/** How many points of each cell to draw: up to two of every cell, and an equal share of what lies beyond. */
function quotas(sizes: Float64Array, limit: number): Float64Array {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const always = sizes.map((size) => Math.min(size, 2));
  const share = (limit - sum(always)) / (sum(sizes) - sum(always));
  let owed = 0; // fractions of points, carried from cell to cell
  return sizes.map((size, cell) => {
    owed += share * (size - always[cell]);
    const extra = Math.min(Math.floor(owed), size - always[cell]);
    owed -= extra;
    return always[cell] + extra;
  });
}

/** What a thinned figure tells its reader; nothing when all points are drawn. */
export function thinningNote(shown: number, total: number): string[] {
  if (shown === total) return [];
  return [
    `${formatCount(shown)} of ${formatCount(total)} points are drawn: an even sample, and all isolated ones`,
  ];
}

/** 1234567 as "1,234,567". */
export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** Each point's cell, (group, x, y) in row-major order, of `side` x `side` cells over the points' range. */
function cellsOf(
  count: number,
  numGroups: number,
  side: number,
  pointAt: (i: number) => Point,
): Uint16Array | Uint32Array {
  let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    const { x, y } = pointAt(i);
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const cellIndex = (value: number, low: number, high: number): number =>
    high > low ? Math.min(side - 1, Math.floor(((value - low) / (high - low)) * side)) : 0;
  const Cells = numGroups * side * side > 0xffff ? Uint32Array : Uint16Array;
  const cells = new Cells(count);
  for (let i = 0; i < count; i++) {
    const { x, y, group } = pointAt(i);
    cells[i] = (group * side + cellIndex(x, minX, maxX)) * side + cellIndex(y, minY, maxY);
  }
  return cells;
}
