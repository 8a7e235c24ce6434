/** How a workgroup cuts a matrix product; the constants of the WGSL in tiled-product.wgsl.ts. */
type Tile = Readonly<Record<"TILE_ROWS" | "TILE_COLUMNS" | "TILE_DEPTH" | "THREAD_ROWS", number>>;

/** Largest first: a large tile reads its operands less often, small ones keep more workgroups busy. */
const tiles: readonly Tile[] = [
  { TILE_ROWS: 128, TILE_COLUMNS: 64, TILE_DEPTH: 16, THREAD_ROWS: 8 },
  { TILE_ROWS: 64, TILE_COLUMNS: 64, TILE_DEPTH: 16, THREAD_ROWS: 4 },
  { TILE_ROWS: 32, TILE_COLUMNS: 32, TILE_DEPTH: 8, THREAD_ROWS: 4 },
];

/** Workgroups that keep a large GPU busy: an H100 has 132 multiprocessors. */
const enoughGroups = 128;

/** WebGPU lets a grid have so many workgroups along a side. */
export const mostGroups = 65535;

/** Workgroups of a product of which each tile is one. */
export const groupsOf = (tile: Tile, rows: number, columns: number): [columns: number, rows: number] => [
  Math.ceil(columns / tile.TILE_COLUMNS),
  Math.ceil(rows / tile.TILE_ROWS),
];

/**
 * The largest tile of which there are enough and that is not mostly empty.
 * @param parts how often the product is cut besides
 */
export function tileFor(rows: number, columns: number, parts = 1): Tile {
  const fits = (tile: Tile) => {
    const [x, y] = groupsOf(tile, rows, columns);
    return x * y * parts >= enoughGroups && columns > tile.TILE_COLUMNS / 2 && rows > tile.TILE_ROWS / 2;
  };
  const smallest = tiles[tiles.length - 1];
  if (groupsOf(smallest, rows, columns)[1] > mostGroups) return tiles[0];
  return tiles.find(fits) ?? smallest;
}

/** A sum is cut among so many workgroups that there are enough, each with at least this many products. */
const leastDepth = 256;

/**
 * Into how many parts the sums of a product are cut, when their results are few and each is long.
 * @param pairs how many products are made at once
 */
export function partsFor(rows: number, columns: number, depth: number, pairs = 1): number {
  const [x, y] = groupsOf(tiles[0], rows, columns);
  const wanted = Math.ceil((2 * enoughGroups) / (x * y * pairs));
  return Math.max(1, Math.min(wanted, Math.floor(depth / leastDepth)));
}
