import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { bilinearResize, resizedPixels, resizeMatrix } from "../../src/datasets/resize.js";
import { noiseImage } from "./noise-image.js";

const resized = (height: number, width: number, toHeight: number, toWidth: number) =>
  bilinearResize(
    { height, width, channels: 3 },
    { height: toHeight, width: toWidth },
  )(noiseImage(height, width));

describe("8-bit images are what Pillow 12.3 makes of them", () => {
  test.each([
    [96, 96, 224, 224, "eb64594d8f0ed5017e7fac5bee58786d06238211399b898e3ed9e76c2711e54f"],
    [64, 64, 224, 224, "2a10580f8678fa5b9623d23d0cd04a52c80d53b0ee4897664ec8f2bd238412cb"],
    [64, 64, 32, 32, "e21bf76031c805737c4a0448b44567119c133d7e62cffcf10b9b9ddbebf92cff"],
    [37, 50, 32, 43, "a58b79a6ce4dd01791db70ecf2542c36ca6dca257d6eaab8e16592e777b4010e"],
    [300, 200, 48, 32, "350cfd83e00b4fd9121ef85adc36fb20b80fa64a4d114b88a20cb9f106de4480"],
    [64, 48, 64, 20, "81df7a9be504389e51c9f3559f6f8eb4afcfecc2ec2030d98742070689031900"],
    [32, 32, 32, 32, "ef3540fcaee748651a05de6781dd4b89a8eff377484576dbf3cf7e90f190f3b2"],
  ])("%d x %d to %d x %d", (height, width, toHeight, toWidth, sha256) => {
    const image = resized(height, width, toHeight, toWidth);
    expect(createHash("sha256").update(image).digest("hex")).toBe(sha256);
  });

  test("5 x 7 to 4 x 3", () => {
    expect([...resized(5, 7, 4, 3)]).toEqual([
      77, 117, 100, 111, 163, 132, 104, 177, 134, 162, 120, 124, 117, 138, 97, 97, 172, 154, 159, 112, 89,
      124, 104, 121, 88, 118, 155, 89, 129, 102, 117, 140, 177, 105, 133, 151,
    ]);
  });
});

test("an image source is resized row by row, and its own rows stay as they are", () => {
  const images = Buffer.concat([noiseImage(96, 96), noiseImage(96, 96).reverse()]);
  const source = memoryPixels(images, { height: 96, width: 96, channels: 3 });
  const large = resizedPixels(source, 224);
  expect([large.count, large.height, large.width, large.channels]).toEqual([2, 224, 224, 3]);
  const [first, second] = [large.read(0), large.read(1)];
  expect(Buffer.compare(first, resized(96, 96, 224, 224))).toBe(0);
  expect(Buffer.compare(second, first)).not.toBe(0);
  expect(Buffer.compare(source.read(0), noiseImage(96, 96))).toBe(0);
});

describe("the matrix of one axis", () => {
  test("halving takes four inputs by 1/8, 3/8, 3/8, 1/8, renormalised at the borders", () => {
    const matrix = resizeMatrix(64, 32);
    const row = (o: number) => [...matrix.slice(o * 64, (o + 1) * 64)];
    const inner = Array<number>(64).fill(0);
    inner.splice(19, 4, 1 / 8, 3 / 8, 3 / 8, 1 / 8);
    expect(row(10)).toEqual(inner);
    const border = [3 / 7, 3 / 7, 1 / 7, ...Array<number>(61).fill(0)].map(Math.fround);
    expect(row(0)).toEqual(border);
    expect(row(31)).toEqual(border.reverse());
  });

  test("doubling lies a quarter and three quarters between inputs, and repeats the outermost", () => {
    expect([...resizeMatrix(2, 4)]).toEqual([1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1]);
    expect([...resizeMatrix(1, 3)]).toEqual([1, 1, 1]);
  });

  test.each([
    [64, 224],
    [96, 224],
    [200, 32],
  ])("%d to %d: rows sum to 1, and two products are the resize up to rounding", (from, to) => {
    const matrix = resizeMatrix(from, to);
    const image = noiseImage(from, from);
    const exact = resized(from, from, to, to);
    let worst = 0;
    for (const row of [0, 1, Math.floor(to / 2), to - 1]) {
      const weights = matrix.slice(row * from, (row + 1) * from);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
      for (let column = 0; column < to; column++) {
        let value = 0;
        for (let y = 0; y < from; y++)
          for (let x = 0; weights[y] > 0 && x < from; x++)
            value += weights[y] * matrix[column * from + x] * image[(y * from + x) * 3];
        worst = Math.max(worst, Math.abs(value - exact[(row * to + column) * 3]));
      }
    }
    expect(worst).toBeLessThan(1.01);
  });
});
