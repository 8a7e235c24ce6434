import { describe, expect, test } from "vitest";
import type { ImageSet } from "../../../src/datasets/image-set.js";
import { copyImages } from "../../../src/datasets/pixels.js";
import { allIds, indicesOfClass } from "../../../src/datasets/select.js";
import { syntheticDataset, syntheticOutsideImages } from "../../../src/datasets/synthetic/synthetic.js";
import { outsideTextures, textures } from "../../../src/datasets/synthetic/textures.js";

const dataset = syntheticDataset({ seed: 545, trainPerClass: 100, testPerClass: 30 });
const bytesOf = ({ pixels }: ImageSet, count: number) => copyImages(pixels, allIds(count));

test("the seed decides every byte, and a smaller set is the start of a larger one", () => {
  const smaller = syntheticDataset({ seed: 545, trainPerClass: 3, testPerClass: 2 });
  expect(Buffer.compare(bytesOf(smaller.train, 30), bytesOf(dataset.train, 30))).toBe(0);
  expect(Buffer.compare(bytesOf(smaller.test, 20), bytesOf(dataset.test, 20))).toBe(0);
  expect(syntheticDataset({ seed: 545, trainPerClass: 3, testPerClass: 2 }).fingerprint).toBe(
    smaller.fingerprint,
  );
  const other = syntheticDataset({ seed: 546, trainPerClass: 3, testPerClass: 2 });
  expect(other.fingerprint).not.toBe(smaller.fingerprint);
});

test("classes are balanced, images differ, training and test images too", () => {
  for (let label = 0; label < 10; label++) {
    expect(indicesOfClass(dataset.train.labels, label)).toHaveLength(100);
    expect(indicesOfClass(dataset.test.labels, label)).toHaveLength(30);
  }
  expect(new Set(dataset.classNames).size).toBe(10);
  const contents = [dataset.train, dataset.test].flatMap((set) =>
    Array.from(set.labels, (_, i) => Buffer.from(set.pixels.read(i)).toString("latin1")),
  );
  expect(new Set(contents).size).toBe(1300);
});

test("outside images: twenty textures that the dataset does not have", () => {
  const outside = syntheticOutsideImages(2);
  expect([...outside.labels]).toEqual(Array.from({ length: 40 }, (_, i) => i % 20));
  const own = new Set(textures.map(({ kind, period, angle }) => `${kind} ${period} ${angle}`));
  for (const { kind, period, angle } of outsideTextures) {
    expect(own).not.toContain(`${kind} ${period} ${angle}`);
    own.add(`${kind} ${period} ${angle}`);
  }
  expect(own.size).toBe(30);
  expect(Buffer.compare(bytesOf(outside, 20), bytesOf(syntheticOutsideImages(1), 20))).toBe(0);
});

/** Test accuracy of the class whose mean training feature is nearest. */
function nearestMeanAccuracy(featuresOf: (set: ImageSet, id: number) => number[]): number {
  const means = Array.from({ length: 10 }, (_, label) => {
    const rows = Array.from(indicesOfClass(dataset.train.labels, label), (id) =>
      featuresOf(dataset.train, id),
    );
    return rows[0].map((_, f) => rows.reduce((sum, row) => sum + row[f], 0) / rows.length);
  });
  const distance = (a: number[], b: number[]) => a.reduce((sum, value, f) => sum + (value - b[f]) ** 2, 0);
  const hits = Array.from(dataset.test.labels).filter((label, id) => {
    const features = featuresOf(dataset.test, id);
    const distances = means.map((mean) => distance(features, mean));
    return distances.indexOf(Math.min(...distances)) === label;
  });
  return hits.length / dataset.test.labels.length;
}

const imageOf = (set: ImageSet, id: number) => Array.from(set.pixels.read(id));

// Chance is 0.1, with a standard deviation of 0.017 over 300 images.
describe("what a simple rule cannot tell", () => {
  test("the class from the mean colour", () => {
    const colour = (set: ImageSet, id: number) =>
      [0, 1, 2].map((c) => imageOf(set, id).reduce((sum, v, k) => sum + (k % 3 === c ? v : 0), 0) / 1024);
    expect(nearestMeanAccuracy(colour)).toBeLessThan(0.2);
  });

  test("the class from the 3x3 corners", () => {
    const isCorner = (k: number) => {
      const [x, y] = [Math.floor(k / 3) % 32, Math.floor(k / 96)];
      return (x < 3 || x > 28) && (y < 3 || y > 28);
    };
    expect(nearestMeanAccuracy((set, id) => imageOf(set, id).filter((_, k) => isCorner(k)))).toBeLessThan(
      0.2,
    );
  });

  test("the class from the pixels, by the nearest mean image", () => {
    expect(nearestMeanAccuracy(imageOf)).toBeLessThan(0.3);
  });
});
