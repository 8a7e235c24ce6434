import { expect, test } from "vitest";
import { memoryPixels } from "../../src/datasets/pixels.js";
import {
  allIds,
  firstOfEachClass,
  indicesOfClass,
  selectImages,
  withoutIds,
} from "../../src/datasets/select.js";

const labels = Int32Array.of(2, 0, 2, 1, 2, 0);
const set = {
  pixels: memoryPixels(
    Uint8Array.from({ length: 6 * 2 * 3 }, (_, i) => i),
    { height: 1, width: 2, channels: 3 },
  ),
  labels,
};

test("ids of a class, of the first of each class, and of the rest", () => {
  expect(indicesOfClass(labels, 2)).toEqual(Int32Array.of(0, 2, 4));
  expect(indicesOfClass(labels, 9)).toEqual(Int32Array.of());
  expect(firstOfEachClass(labels, 2)).toEqual(Int32Array.of(0, 1, 2, 3, 5));
  expect(withoutIds(allIds(6), [4, 0])).toEqual(Int32Array.of(1, 2, 3, 5));
});

test("selected images come in the order asked for", () => {
  const selected = selectImages(set, Int32Array.of(3, 0));
  expect(selected.labels).toEqual(Int32Array.of(1, 2));
  expect(selected.pixels.count).toBe(2);
  expect(selected.pixels.read(0)).toEqual(Uint8Array.of(18, 19, 20, 21, 22, 23));
  expect(selected.pixels.read(1)).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
  expect(() => selectImages(set, Int32Array.of(6))).toThrow("No image 6 in a set of 6");
});
