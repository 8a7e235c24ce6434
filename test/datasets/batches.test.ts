import { describe, expect, test } from "vitest";
import {
  type Augmentation,
  drawAugmentation,
  moveOf,
  noAugmentation,
} from "../../src/datasets/augmentation.js";
import { consecutiveBatches, readBatch, shuffledBatches } from "../../src/datasets/batches.js";
import type { ImageSet, Normalization } from "../../src/datasets/image-set.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { allIds } from "../../src/datasets/select.js";
import { createRng } from "../../src/random/rng.js";

const half: Normalization = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

function randomSet(count: number, height = 8, width = 10): ImageSet {
  const rng = createRng("test/batches");
  const images = Uint8Array.from({ length: count * height * width * 3 }, () => rng.int(256));
  const labels = Int32Array.from({ length: count }, () => rng.int(10));
  return { pixels: memoryPixels(images, { height, width, channels: 3 }), labels };
}

/** The obvious way: pad the image (black: before normalisation; else zeros after it), cut the crop out, mirror it. */
function slowImage(
  set: ImageSet,
  id: number,
  { mean, std }: Normalization,
  augmentation: Augmentation,
): number[] {
  const { down, right, flipped } = moveOf(augmentation, id);
  const { height, width } = set.pixels;
  const image = set.pixels.read(id);
  const result: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const y = row + down;
      const x = (flipped ? width - 1 - column : column) + right;
      const outside = augmentation.kind === "black-crop-flip" ? 0 : undefined;
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      for (let c = 0; c < 3; c++) {
        const level = inside ? image[(y * width + x) * 3 + c] : outside;
        result.push(level === undefined ? 0 : Math.fround((level / 255 - mean[c]) / std[c]));
      }
    }
  }
  return result;
}

describe("readBatch", () => {
  test.each(["none", "flip", "crop-flip", "black-crop-flip"] as const)(
    "%s gives what padding, cropping and mirroring give",
    (kind) => {
      const set = randomSet(40);
      const normalization = { mean: [0.5, 0.4, 0.3], std: [0.5, 0.25, 0.2] };
      const augmentation = drawAugmentation(kind, createRng(`test/${kind}`));
      const batch = readBatch(set, allIds(40), { normalization, augmentation });
      const expected = Array.from(allIds(40), (id) => slowImage(set, id, normalization, augmentation)).flat();
      expect(Array.from(batch.images)).toEqual(expected);
      expect(batch.labels).toEqual(set.labels);
    },
  );

  test("maps 0..255 to -1..1 for mean and deviation 0.5", () => {
    const set: ImageSet = {
      pixels: memoryPixels(Uint8Array.of(0, 51, 255), { height: 1, width: 1, channels: 3 }),
      labels: Int32Array.of(4),
    };
    const batch = readBatch(set, Int32Array.of(0), { normalization: half, augmentation: noAugmentation });
    expect(batch.images[0]).toBe(-1);
    expect(batch.images[1]).toBeCloseTo(-0.6, 6);
    expect(batch.images[2]).toBe(1);
  });

  test("noise is added in [0, 1] to the images named, times its strength, clipped, before the crop", () => {
    const set = randomSet(6);
    const size = 8 * 10 * 3;
    const rng = createRng("noise");
    const pattern = Float32Array.from({ length: size }, () => 0.2 * rng.normal());
    const augmentation = drawAugmentation("crop-flip", createRng("pass"));
    const noise = { pattern, strength: 3, rows: new Set([1, 4]) };
    const noisy = readBatch({ ...set, noise }, allIds(6), { normalization: half, augmentation }).images;
    const plain = readBatch(set, allIds(6), { normalization: half, augmentation }).images;
    const everywhere = { ...set, noise: { pattern, strength: 3 } };
    const all = readBatch(everywhere, allIds(6), {
      normalization: half,
      augmentation: noAugmentation,
    }).images;
    for (let i = 0; i < 6 * size; i++) {
      if (i >= size && i < 2 * size) continue;
      if (Math.floor(i / size) !== 4) expect(noisy[i]).toBe(plain[i]);
      const sum = set.pixels.read(Math.floor(i / size))[i % size] / 255 + 3 * pattern[i % size];
      expect(all[i]).toBeCloseTo((Math.min(1, Math.max(0, sum)) - 0.5) / 0.5, 5);
    }
    // A crop of what the same image holds with noise everywhere, mirrored or not.
    const { down, right, flipped } = moveOf(augmentation, 4);
    const column = (x: number) => (flipped ? 9 - x : x) + right;
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 10; x++) {
        const inside = y + down >= 0 && y + down < 8 && column(x) >= 0 && column(x) < 10;
        const expected = inside ? all[4 * size + ((y + down) * 10 + column(x)) * 3] : 0;
        expect(noisy[4 * size + (y * 10 + x) * 3]).toBe(expected);
      }
    }
  });

  test("an image does not depend on the batch it is in", () => {
    const set = randomSet(30);
    const options = { normalization: half, augmentation: drawAugmentation("crop-flip", createRng("pass")) };
    const whole = readBatch(set, allIds(30), options).images;
    const size = 8 * 10 * 3;
    for (const ids of [[29, 3], [7], [3, 7, 29]]) {
      const part = readBatch(set, Int32Array.from(ids), options).images;
      ids.forEach((id, row) => {
        expect(part.slice(row * size, (row + 1) * size)).toEqual(whole.slice(id * size, (id + 1) * size));
      });
    }
  });
});

describe("moveOf", () => {
  test("crops take each of the 81 offsets, and flips half of the images, about equally often", () => {
    const augmentation = drawAugmentation("crop-flip", createRng("moves"));
    const counts = new Map<string, number>();
    let flips = 0;
    for (let id = 0; id < 81_000; id++) {
      const { down, right, flipped } = moveOf(augmentation, id);
      counts.set(`${down},${right}`, (counts.get(`${down},${right}`) ?? 0) + 1);
      flips += Number(flipped);
    }
    expect(counts.size).toBe(81);
    // Five standard deviations of a binomial count.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(158);
    expect(Math.abs(flips - 40_500)).toBeLessThan(712);
  });

  test("passes differ, and a flip alone never shifts", () => {
    const moves = (name: string) => {
      const augmentation = drawAugmentation("flip", createRng(name));
      return Array.from({ length: 1000 }, (_, id) => moveOf(augmentation, id));
    };
    const [first, again, second] = [moves("epoch-0"), moves("epoch-0"), moves("epoch-1")];
    expect(first).toEqual(again);
    expect(first.every(({ down, right }) => down === 0 && right === 0)).toBe(true);
    const equal = first.filter((move, id) => move.flipped === second[id].flipped).length;
    expect(Math.abs(equal - 500)).toBeLessThan(80);
  });
});

describe("batches of ids", () => {
  test("keep the last partial batch and every id once", () => {
    const ids = Int32Array.from({ length: 103 }, (_, i) => 7 * i);
    const batches = shuffledBatches(ids, 25, createRng("order"));
    expect(batches.map((batch) => batch.length)).toEqual([25, 25, 25, 25, 3]);
    const all = batches.flatMap((batch) => Array.from(batch));
    expect(all).not.toEqual(Array.from(ids));
    expect(all.sort((a, b) => a - b)).toEqual(Array.from(ids));
    expect(shuffledBatches(ids, 25, createRng("order"))).toEqual(batches);
  });

  test("consecutive ones keep the order", () => {
    expect(consecutiveBatches(Int32Array.of(5, 4, 3), 2)).toEqual([Int32Array.of(5, 4), Int32Array.of(3)]);
    expect(consecutiveBatches(Int32Array.of(), 2)).toEqual([]);
  });
});
