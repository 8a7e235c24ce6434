import sharp from "sharp";
import { expect, test } from "vitest";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { bilinearResize } from "../../src/datasets/resize.js";
import { createRng } from "../../src/random/rng.js";
import { sameImages } from "../../src/scan/same-images.js";

const size = { height: 32, width: 32, channels: 3 };
const raw = { width: 32, height: 32, channels: 3 as const };
const scaled = (image: Uint8Array, from: number, to: number) =>
  bilinearResize({ height: from, width: from, channels: 3 }, { height: to, width: to })(image);

/** A picture of coarse colours: random ones of 5x5 cells, smoothed. */
function picture(seed: string): Uint8Array {
  const rng = createRng(seed);
  return scaled(
    Uint8Array.from({ length: 75 }, () => rng.int(256)),
    5,
    32,
  );
}

const flat = (level: number) => new Uint8Array(3072).fill(level);

test("trusted pictures that were compressed again, resized or noised are found, others are not", async () => {
  const trusted = Array.from({ length: 60 }, (_, i) => picture(`trusted-${i}`));
  const jpegs = trusted.slice(0, 10).map((image) => sharp(image, { raw }).jpeg({ quality: 60 }).toBuffer());
  const compressed = await Promise.all(
    jpegs.map(async (file) =>
      sharp(await file)
        .raw()
        .toBuffer(),
    ),
  );
  const resized = trusted.slice(10, 20).map((image) => scaled(scaled(image, 32, 20), 20, 32));
  const rng = createRng("noise");
  const noised = trusted
    .slice(20, 30)
    .map((image) => image.map((level) => Math.min(255, Math.max(0, level + rng.int(33) - 16))));
  const others = Array.from({ length: 100 }, (_, i) => picture(`other-${i}`));
  const suspects = [
    ...compressed,
    ...resized,
    ...noised,
    ...others,
    trusted[40],
    trusted[41],
    flat(9),
    flat(10),
  ];
  const all = [...suspects, ...trusted, flat(11)];
  const labels = Int32Array.from(all, (_, row) => Number(row === suspects.length + 41));
  const found = sameImages({ pixels: memoryPixels(Buffer.concat(all), size), labels }, suspects.length);
  expect(found.near).toEqual(
    Array.from({ length: 30 }, (_, row) => ({ row, trusted: suspects.length + row })),
  );
  expect([...found.alsoTrusted]).toEqual([130]);
  expect(found.contradicted).toEqual([{ row: 131, trusted: suspects.length + 41 }]);
});
