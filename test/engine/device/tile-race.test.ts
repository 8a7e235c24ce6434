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

test("whatever the tiles, the same bytes", async () => {
  const [x, w, dy] = [
    numbers("x", [2, 9, 9, 20]),
    numbers("w", [2, 2, 20, 70]),
    numbers("dy", [2, 10, 10, 70]),
  ].map(({ tensor }) => tensor);
  const [shape, geometry] = [[2, 9, 9, 20] as const, { stride: 1, pad: 1 }];
  const results = async () => {
    const all = [
      tf.matMul(tf.reshape(dy, [200, 70]), tf.reshape(dy, [70, 200])),
      webgpuKernels.convolution(x, w, geometry),
      webgpuKernels.convolutionFilterGradient(x, dy, w.shape, geometry),
      webgpuKernels.convolutionInputGradient(dy, w, [...shape], geometry),
    ];
    const values = await Promise.all(all.map(async (tensor) => [...(await tensor.data())]));
    tf.dispose(all);
    return values;
  };
  const expected = await results();
  for (const place of racedTiles.keys()) {
    useTileOrders(tileAlone(place));
    expect(tileFor(200, 200)).toBe(racedTiles[place]);
    expect(await results()).toEqual(expected);
  }
});
