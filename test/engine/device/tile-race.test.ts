import { afterEach, expect, test } from "vitest";
import { raceTiles } from "../../../src/engine/device/tile-race.js";
import {
  isMostlyFull,
  productClasses,
  racedTiles,
  tileAlone,
  tileFor,
  useTileOrders,
} from "../../../src/engine/kernels/webgpu/tiles.js";
import { webgpuKernels } from "../../../src/engine/kernels/webgpu-kernels.js";
import { tf } from "../../../src/engine/tf.js";
import { numbers, onWebgpu } from "../webgpu/on-webgpu.js";

onWebgpu();
afterEach(() => useTileOrders([]));

test("a race ranks the tiles that fit a class; without time, none", async () => {
  const before = tf.memory().numTensors;
  const orders = await raceTiles(60_000, [0]);
  const { rows, columns } = productClasses[0];
  const runners = [...racedTiles.keys()].filter((place) => isMostlyFull(racedTiles[place], rows, columns));
  expect([...(orders[0] ?? [])].sort()).toEqual(runners);
  expect(orders.slice(1)).toEqual(productClasses.slice(1).map(() => null));
  expect(await raceTiles(0)).toEqual(productClasses.map(() => null));
  expect(tf.memory().numTensors).toBe(before);
});

test("the fastest of a class is taken where it is not mostly empty", () => {
  const usual = tileFor(256, 64);
  const fastest = racedTiles.findIndex((tile) => tile !== usual && tile.TILE_COLUMNS === 64);
  useTileOrders(productClasses.map((_, place) => (place === 0 ? [fastest, 0] : null)));
  expect(tileFor(256, 64)).toBe(racedTiles[fastest]);
  expect(tileFor(128, 60, 2)).toBe(racedTiles[fastest]);
  expect(tileFor(4096, 4)).toBe(racedTiles[2]);
  expect(tileFor(2 ** 16, 64).TILE_ROWS).toBe(128);
});

async function valuesOf(results: readonly tf.Tensor[]): Promise<ArrayLike<number>[]> {
  const values = await Promise.all(results.map(async (tensor) => [...(await tensor.data())]));
  tf.dispose([...results]);
  return values;
}

/** The shapes of webgpu/product.test.ts and webgpu/convolutions.test.ts, whose shaders need not be compiled again. */
test("whatever the tiles, the same bytes", async () => {
  const [a, b] = [numbers("a", [140, 37]).tensor, numbers("b", [37, 70]).tensor];
  const products = await Promise.all(
    [...racedTiles.keys()].map((place) => {
      useTileOrders(tileAlone(place));
      expect(tileFor(140, 70)).toBe(racedTiles[place]);
      return valuesOf([tf.matMul(a, b)]);
    }),
  );
  for (const product of products) expect(product).toEqual(products[0]);

  const shape: [number, number, number, number] = [1, 9, 16, 70];
  const [x, dy] = [numbers("x", shape).tensor, numbers("dy", shape).tensor];
  const w = numbers("w", [1, 1, 70, 70]).tensor;
  const geometry = { stride: 1, pad: 0 };
  const convolutions = async (place: number) => {
    useTileOrders(tileAlone(place));
    expect(tileFor(144, 70)).toBe(racedTiles[place]);
    return valuesOf([
      webgpuKernels.convolution(x, w, geometry),
      webgpuKernels.convolutionFilterGradient(x, dy, w.shape, geometry),
      webgpuKernels.convolutionInputGradient(dy, w, shape, geometry),
    ]);
  };
  expect(await convolutions(2)).toEqual(await convolutions(0));
});
