import { expect, test } from "vitest";
import { addSinusoid } from "../../../src/attacks/sig/sinusoid.js";

test("the same wave in every row and channel: 20 sin(2 pi 6 j / 32) in column j", () => {
  const image = new Uint8Array(2 * 32 * 3).fill(100);
  addSinusoid(image, { height: 2, width: 32, channels: 3 }, 20, 6);
  const red = (row: number, column: number) => image[(row * 32 + column) * 3];
  // sin(67.5 degrees) = 0.924, sin(135) = 0.707, sin(202.5) = -0.383, sin(270) = -1
  expect([0, 1, 2, 3, 4].map((column) => red(0, column))).toEqual([100, 118, 114, 92, 80]);
  for (let pixel = 0; pixel < 64; pixel++) {
    const levels = image.subarray(3 * pixel, 3 * pixel + 3);
    expect([...levels]).toEqual(new Array(3).fill(red(0, pixel % 32)));
  }
});

test("levels stay within 0..255", () => {
  const image = Uint8Array.of(250, 250, 5, 5);
  addSinusoid(image, { height: 1, width: 4, channels: 1 }, 20, 1);
  expect([...image]).toEqual([250, 255, 5, 0]);
});
