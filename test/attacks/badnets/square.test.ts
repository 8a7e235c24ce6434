import { expect, test } from "vitest";
import { stampSquare } from "../../../src/attacks/badnets/square.js";

/** Rows of a one-channel picture: # is white, . as it was. */
const drawn = (image: Uint8Array, width: number) =>
  Array.from({ length: image.length / width }, (_, row) =>
    [...image.subarray(row * width, (row + 1) * width)].map((level) => (level === 255 ? "#" : ".")).join(""),
  );

test("3x3 white pixels in the lower right corner of a 32x32 image, in every channel", () => {
  const image = new Uint8Array(32 * 32 * 3).fill(7);
  stampSquare(image, { height: 32, width: 32, channels: 3 }, 255);
  const isWhite = (row: number, column: number) => row >= 29 && column >= 29;
  image.forEach((level, i) => {
    const pixel = Math.floor(i / 3);
    expect(level).toBe(isWhite(Math.floor(pixel / 32), pixel % 32) ? 255 : 7);
  });
});

test("it grows with the image", () => {
  const image = new Uint8Array(11 * 12).fill(7);
  stampSquare(image, { height: 11, width: 12, channels: 1 }, 255);
  expect(drawn(image, 12).slice(-2)).toEqual(["............", "...........#"]);
  const large = new Uint8Array(64 * 64).fill(7);
  stampSquare(large, { height: 64, width: 64, channels: 1 }, 255);
  expect(drawn(large, 64).filter((row) => row.endsWith(".######")).length).toBe(6);
});
