/** How a workgroup cuts a matrix product; the constants of the WGSL in tiled-product.wgsl.ts. */
export type Tile = Readonly<Record<"TILE_ROWS" | "TILE_COLUMNS" | "TILE_DEPTH" | "THREAD_ROWS", number>>;

/** Largest first: a large tile reads its operands less often, small ones keep more workgroups busy. */
const tiles: readonly Tile[] = [
  { TILE_ROWS: 128, TILE_COLUMNS: 64, TILE_DEPTH: 16, THREAD_ROWS: 8 },
  { TILE_ROWS: 64, TILE_COLUMNS: 64, TILE_DEPTH: 16, THREAD_ROWS: 4 },
  { TILE_ROWS: 32, TILE_COLUMNS: 32, TILE_DEPTH: 8, THREAD_ROWS: 4 },
];

/** All that a device may be asked to choose from: none needs more than 256 threads and 16 KiB, which every device has. */
export const racedTiles: readonly Tile[] = [
  ...tiles,
  { TILE_ROWS: 64, TILE_COLUMNS: 64, TILE_DEPTH: 16, THREAD_ROWS: 8 },
  { TILE_ROWS: 128, TILE_COLUMNS: 128, TILE_DEPTH: 8, THREAD_ROWS: 16 },
];

/**
 * Classes of products that a device chooses tiles for: by how many results they have, parts included, and by whether the
 * columns are many. Each is named by a product in its midst.
 */
export const productClasses = [14, 16, 18, 20].flatMap((bits) =>
  [64, 256].map((columns) => ({ rows: 2 ** bits / columns, columns })),
);

const classOf = (results: number, columns: number): number => {
  const size = Math.round((Math.log2(results) - 14) / 2);
  return 2 * Math.max(0, Math.min(3, size)) + Number(columns >= 128);
};

/** For each of `productClasses` the places in `racedTiles`, the fastest first; null where it is not known. */
export type TileOrders = readonly (readonly number[] | null)[];
let orders: TileOrders = [];

/** From now on `tileFor` goes by what this device is fastest with. Only time depends on it: sums have the order of their depth. */
export function useTileOrders(found: TileOrders): void {
  orders = found;
}

/** One tile for all products, where it is not mostly empty. @param place in `racedTiles` */
export const tileAlone = (place: number): TileOrders => productClasses.map(() => [place]);

export const isMostlyFull = (tile: Tile, rows: number, columns: number): boolean =>
  columns > tile.TILE_COLUMNS / 2 && rows > tile.TILE_ROWS / 2;

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
 * The fastest of those that are not mostly empty; where that is not known, the largest of which there are enough.
 * @param parts how often the product is cut besides
 */
export function tileFor(rows: number, columns: number, parts = 1): Tile {
  const order = orders[classOf(rows * columns * parts, columns)] ?? [];
  const fastest = order
    .map((place) => racedTiles[place])
    .find((tile) => isMostlyFull(tile, rows, columns) && groupsOf(tile, rows, columns)[1] <= mostGroups);
  if (fastest !== undefined) return fastest;
  const fits = (tile: Tile) => {
    const [x, y] = groupsOf(tile, rows, columns);
    return x * y * parts >= enoughGroups && isMostlyFull(tile, rows, columns);
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
