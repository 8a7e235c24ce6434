import { expect, test } from "vitest";
import type { PoisonedData } from "../../src/attacks/attack.js";
import type { ImageSet } from "../../src/datasets/image-set.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { poisonDigests, truthOf } from "../../src/experiment/poisoned-subject.js";

/** Four images of one pixel; the second and the fourth are poisons unless told otherwise. */
function digests(change: Partial<ImageSet> & { bytes?: number[]; ids?: number[] } = {}) {
  const { bytes = [1, 2, 3, 4], ids = [1, 3], ...set } = change;
  const train: ImageSet = {
    pixels: memoryPixels(Uint8Array.from(bytes), { height: 1, width: 1, channels: 1 }),
    labels: Int32Array.of(0, 0, 0, 0),
    ...set,
  };
  const poisoned: PoisonedData = { train, poisonIds: { lc: Int32Array.from(ids) }, triggeredTests: {} };
  return poisonDigests(poisoned, truthOf(poisoned));
}

test("poisons have the same digests as long as they are the same, whatever the other images", () => {
  expect(digests({ bytes: [9, 2, 9, 4] })).toEqual(digests());
});

test.each([
  ["pixels", { bytes: [1, 2, 3, 5] }],
  ["a label", { labels: Int32Array.of(0, 1, 0, 0) }],
  ["noise", { noise: { pattern: Float32Array.of(0.1), strength: 1 } }],
])("other %s: other poisons, of the same images", (_, change) => {
  const [before, after] = [digests(), digests(change)];
  expect(after["poison ids"]).toBe(before["poison ids"]);
  expect(after.poisons).not.toBe(before.poisons);
});

test("the noise's strength, pattern and images count", () => {
  const pattern = Float32Array.of(0.1);
  const all = [
    { pattern, strength: 1 },
    { pattern, strength: 2 },
    { pattern: Float32Array.of(0.2), strength: 1 },
    { pattern, strength: 1, rows: new Set([1]) },
  ].map((noise) => digests({ noise }).poisons);
  expect(new Set(all).size).toBe(all.length);
});

test("other images: both differ", () => {
  const [before, after] = [digests(), digests({ ids: [1, 2] })];
  expect(after["poison ids"]).not.toBe(before["poison ids"]);
  expect(after.poisons).not.toBe(before.poisons);
});
