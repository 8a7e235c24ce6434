import { expect, test } from "vitest";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { asFiles } from "../../src/datasets/rounded-pixels.js";

test("images as files have what is added to them, rounded and clipped, where it is added", () => {
  const pixels = memoryPixels(Uint8Array.from([10, 250, 10, 250, 10, 250]), {
    height: 1,
    width: 2,
    channels: 1,
  });
  const pattern = Float32Array.from([-1.4 / 255, 20 / 255]);
  const set = {
    pixels,
    labels: Int32Array.from([3, 4, 5]),
    noise: { pattern, strength: 1, rows: new Set([1]) },
  };
  const files = asFiles(set, 2);
  expect(files.noise).toBeUndefined();
  expect(files.labels).toEqual(Int32Array.from([3, 4]));
  expect(files.pixels.count).toBe(2);
  expect([...files.pixels.read(0)]).toEqual([10, 250]);
  expect([...files.pixels.read(1)]).toEqual([9, 255]);
});
