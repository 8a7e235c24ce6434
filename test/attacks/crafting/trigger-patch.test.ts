import { expect, test } from "vitest";
import {
  pastePatch,
  sourceTriggeredTest,
  type TriggerImage,
  triggerPatch,
} from "../../../src/attacks/crafting/trigger-patch.js";
import { triggerImage as ht } from "../../../src/attacks/hidden-trigger/trigger-image.js";
import { triggerImage as sa } from "../../../src/attacks/sleeper-agent/trigger-image.js";
import { memoryPixels } from "../../../src/datasets/pixels.js";

/** Levels by which two patches differ. */
function differences(a: ArrayLike<number>, b: ArrayLike<number>): { mean: number; largest: number } {
  const levels = Array.from(a, (value, i) => Math.abs(value - b[i]));
  return { mean: levels.reduce((sum, x) => sum + x, 0) / levels.length, largest: Math.max(...levels) };
}

/** The obvious way to a smaller patch: means of the blocks of the published size. */
function shrunk(image: TriggerImage, side: number): number[] {
  const { pixels, side: from } = triggerPatch(image, 80);
  const block = from / side;
  return Array.from({ length: side * side * 3 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3 / side) * block, (Math.floor(i / 3) % side) * block];
    let sum = 0;
    for (let r = row; r < row + block; r++)
      for (let c = column; c < column + block; c++) sum += pixels[(r * from + c) * 3 + (i % 3)];
    return sum / block ** 2;
  });
}

const pixelAt = ({ side, pixels }: { side: number; pixels: Uint8Array }, row: number, column: number) => [
  ...pixels.subarray((row * side + column) * 3, (row * side + column + 1) * 3),
];

test("four pixels wide, a patch is its sixteen colours", () => {
  const [first, second] = [triggerPatch(sa, 4), triggerPatch(ht, 4)];
  expect(pixelAt(first, 0, 0)).toEqual([255, 0, 0]);
  expect(pixelAt(first, 1, 0)).toEqual([0, 255, 255]);
  expect(pixelAt(first, 3, 3)).toEqual([0, 0, 255]);
  expect(pixelAt(second, 0, 1)).toEqual([0, 0, 0]);
  expect(pixelAt(second, 1, 3)).toEqual([255, 255, 255]);
  expect(pixelAt(second, 3, 2)).toEqual([255, 0, 255]);
});

// The published images' resizing differs from block means by these levels (attacks as published, measured).
test.each([
  ["sa", sa, 7.3, 15.1],
  ["ht", ht, 2.2, 9.2],
] as const)("%s at 8 pixels is the published one", (_, image, mean, largest) => {
  const found = differences(triggerPatch(image, 8).pixels, shrunk(image, 8));
  expect(found.mean).toBeGreaterThan(mean - 0.2);
  expect(found.mean).toBeLessThan(mean + 0.2);
  expect(found.largest).toBeGreaterThan(largest - 0.7);
  expect(found.largest).toBeLessThan(largest + 0.7);
});

test("at 16 pixels a patch is the published size's block means", () => {
  for (const image of [sa, ht])
    expect(differences(triggerPatch(image, 16).pixels, shrunk(image, 16)).largest).toBeLessThanOrEqual(1);
});

test("enlarged, corners keep their colour, and neighbouring pixels are near each other", () => {
  const patch = triggerPatch(ht, 30);
  expect(patch.pixels).toHaveLength(30 * 30 * 3);
  expect(pixelAt(patch, 0, 0)).toEqual([255, 255, 0]);
  expect(pixelAt(patch, 29, 29)).toEqual([0, 0, 255]);
  // The middle of a colour's square, 7.5 pixels wide.
  expect(pixelAt(patch, 11, 3)[0]).toBeGreaterThan(240);
  for (let row = 0; row < 30; row++)
    for (let column = 1; column < 30; column++) {
      const [left, right] = [pixelAt(patch, row, column - 1), pixelAt(patch, row, column)];
      expect(differences(left, right).largest).toBeLessThan(60);
    }
});

const size = { height: 12, width: 10, channels: 3 };

test("pasting replaces the patch's pixels and no other", () => {
  const image = new Uint8Array(12 * 10 * 3).fill(77);
  const patch = triggerPatch(sa, 4);
  pastePatch(image, size, patch, 7, 5);
  for (let row = 0; row < 12; row++)
    for (let column = 0; column < 10; column++) {
      const inside = row >= 7 && row < 11 && column >= 5 && column < 9;
      const found = [...image.subarray((row * 10 + column) * 3, (row * 10 + column + 1) * 3)];
      expect(found).toEqual(inside ? pixelAt(patch, row - 7, column - 5) : [77, 77, 77]);
    }
  expect(() => pastePatch(image, size, patch, 9, 5)).toThrow("No 4x4x3 patch at (9, 5) of 12x10x3.");
  expect(() => pastePatch(image, size, patch, 0, 7)).toThrow("No 4x4x3 patch");
  expect(() => pastePatch(image, size, patch, -1, 0)).toThrow("No 4x4x3 patch");
});

test("a triggered test set: the source class alone, painted when read, labelled with the target class", () => {
  const images = Uint8Array.from({ length: 6 * 360 }, (_, i) => Math.floor(i / 360));
  const set = { pixels: memoryPixels(images, size), labels: Int32Array.of(2, 0, 1, 2, 2, 0) };
  const rows: number[] = [];
  const triggered = sourceTriggeredTest(set, 2, 1, (image, row) => {
    rows.push(row);
    image[0] = 200 + row;
  });
  expect([...triggered.labels]).toEqual([1, 1, 1]);
  expect(rows).toEqual([]);
  expect([0, 1, 2].map((row) => [...triggered.pixels.read(row).subarray(0, 2)])).toEqual([
    [200, 0],
    [201, 3],
    [202, 4],
  ]);
  expect(rows).toEqual([0, 1, 2]);
  expect([...new Set(images)]).toEqual([0, 1, 2, 3, 4, 5]);
});
