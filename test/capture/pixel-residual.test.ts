import { expect, test } from "vitest";
import { stampSquare } from "../../src/attacks/badnets/square.js";
import { blendInto, noisePattern } from "../../src/attacks/blend/noise-pattern.js";
import { addSinusoid } from "../../src/attacks/sig/sinusoid.js";
import { fineNoise } from "../../src/capture/fine-noise.js";
import { pixelResiduals } from "../../src/capture/pixel-residual.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { allIds } from "../../src/datasets/select.js";
import { likenessTo } from "../../src/detection/likeness.js";
import { farRows } from "../../src/detection/skewed-direction.js";
import { createRng } from "../../src/random/rng.js";

const size = { height: 16, width: 16, channels: 3 } as const;
const bytes = 16 * 16 * 3;

/** Smooth images: sums of a few slow waves, with noise of `grain`; the first `odd` are painted. */
function images(count: number, odd: number, paint: (image: Uint8Array) => void, grain = 3) {
  const rng = createRng("smooth");
  const all = new Uint8Array(count * bytes);
  for (let image = 0; image < count; image++) {
    const waves = Array.from({ length: 4 }, () => [rng.normal(), rng.normal(), 6 * rng.uniform()]);
    const own = all.subarray(image * bytes, (image + 1) * bytes);
    for (let i = 0; i < bytes; i++) {
      const [x, y] = [Math.floor(i / 3) % 16, Math.floor(i / 48)];
      const value = waves.reduce((sum, [a, b, phase]) => sum + Math.sin((a * x + b * y) / 6 + phase), 0);
      own[i] = Math.min(255, Math.max(0, 128 + 20 * value + grain * rng.normal()));
    }
    if (image < odd) paint(own);
  }
  return { pixels: memoryPixels(all, size), labels: new Int32Array(count) };
}

test.each([
  ["a square", (image: Uint8Array) => stampSquare(image, size, 255)],
  ["faint noise", (image: Uint8Array) => blendInto(image, noisePattern(bytes), 0.1)],
  ["a faint wave", (image: Uint8Array) => addSinusoid(image, size, 8, 5)],
])("%s that some images share is the most skewed direction of their residuals", async (_, paint) => {
  expect(await lastOf(images(200, 20, paint), 20)).toBeLessThan(2);
});

test.each([4, 40])("of 200 images %i that share a faint wave are found", async (odd) => {
  expect(
    await lastOf(
      images(200, odd, (image) => addSinusoid(image, size, 8, 5)),
      odd,
    ),
  ).toBeLessThan(2);
});

/** How many of the others are above the lowest of the first `odd` images. */
async function lastOf(set: ReturnType<typeof images>, odd: number): Promise<number> {
  const residuals = await pixelResiduals(set);
  const ids = allIds(set.labels.length);
  const far = farRows(await residuals.sketch(ids), ids);
  const scores = await likenessTo(far, residuals.each(ids));
  const lowest = Math.min(...scores.subarray(0, odd));
  return scores.subarray(odd).filter((score) => score > lowest).length;
}

test("an image's row hangs on the others through their common deviations alone; all rows have one length", async () => {
  const set = images(60, 0, () => {});
  const progress: number[] = [];
  const residuals = await pixelResiduals(set, { onProgress: (done) => progress.push(done) });
  expect(progress).toEqual([60]);
  const { data, rows, cols } = await residuals.sketch(allIds(60));
  expect([rows, cols, data.length]).toEqual([60, 1024, 60 * 1024]);
  for (let row = 0; row < 60; row++) expect(Math.hypot(...rowOf(data, row))).toBeCloseTo(32, 3);
  const some = await residuals.sketch(Int32Array.of(41, 7));
  expect(some.data).toEqual(Float32Array.of(...rowOf(data, 41), ...rowOf(data, 7)));
});

test("black images have no residual", async () => {
  const residuals = await pixelResiduals(black(2));
  expect((await residuals.sketch(allIds(2))).data.every((value) => value === 0)).toBe(true);
  expect([...(await likenessTo(Float64Array.of(0, 1), residuals.each(allIds(2))))]).toEqual([0, -1]);
});

const black = (count: number) => ({
  pixels: memoryPixels(new Uint8Array(count * bytes), size),
  labels: new Int32Array(count),
});
const rowOf = (data: Float32Array, row: number) => data.subarray(row * 1024, (row + 1) * 1024);

test("images with noise of their own are finer than those without", async () => {
  const rng = createRng("noise");
  const set = images(
    60,
    10,
    (image) => {
      for (let i = 0; i < bytes; i++) image[i] += 8 * (rng.int(2) - 0.5);
    },
    0,
  );
  const scores = await fineNoise(set);
  const lowest = Math.min(...scores.subarray(0, 10));
  expect(scores.subarray(10).filter((score) => score >= lowest)).toHaveLength(0);
  expect([...(await fineNoise(black(1)))]).toEqual([0]);
});
