import { expect, test } from "vitest";
import { stampSquare } from "../../src/attacks/badnets/square.js";
import { blendInto, noisePattern } from "../../src/attacks/blend/noise-pattern.js";
import { addSinusoid } from "../../src/attacks/sig/sinusoid.js";
import { pixelResiduals } from "../../src/capture/pixel-residual.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { skewScores } from "../../src/detection/skewed-direction.js";
import { createRng } from "../../src/random/rng.js";

const size = { height: 16, width: 16, channels: 3 } as const;
const bytes = 16 * 16 * 3;

/** Smooth images: sums of a few slow waves, with a little noise; the first `odd` are painted. */
function images(count: number, odd: number, paint: (image: Uint8Array) => void) {
  const rng = createRng("smooth");
  const all = new Uint8Array(count * bytes);
  for (let image = 0; image < count; image++) {
    const waves = Array.from({ length: 4 }, () => [rng.normal(), rng.normal(), 6 * rng.uniform()]);
    const own = all.subarray(image * bytes, (image + 1) * bytes);
    for (let i = 0; i < bytes; i++) {
      const [x, y] = [Math.floor(i / 3) % 16, Math.floor(i / 48)];
      const value = waves.reduce((sum, [a, b, phase]) => sum + Math.sin((a * x + b * y) / 6 + phase), 0);
      own[i] = Math.min(255, Math.max(0, 128 + 20 * value + 3 * rng.normal()));
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
  const { rows, cols, data } = await pixelResiduals(images(200, 20, paint));
  expect([rows, cols, data.length]).toEqual([200, 1024, 200 * 1024]);
  expect(data.every(Number.isFinite)).toBe(true);
  const scores = skewScores(
    { rows, cols, data },
    Int32Array.from({ length: 200 }, (_, i) => i),
  );
  const lowest = Math.min(...scores.subarray(0, 20));
  expect(scores.subarray(20).filter((score) => score > lowest).length).toBeLessThan(2);
});

test("an image's row hangs on the others through their common deviations alone; all rows have one length", async () => {
  const set = images(60, 0, () => {});
  const progress: number[] = [];
  const { data } = await pixelResiduals(set, { onProgress: (done) => progress.push(done) });
  expect(progress).toEqual([60, 120]);
  for (let row = 0; row < 60; row++)
    expect(Math.hypot(...data.subarray(row * 1024, (row + 1) * 1024))).toBeCloseTo(32, 3);
  const black = await pixelResiduals({
    pixels: memoryPixels(new Uint8Array(2 * bytes), size),
    labels: new Int32Array(2),
  });
  expect(black.data.every((value) => value === 0)).toBe(true);
});
