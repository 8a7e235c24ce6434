import sharp from "sharp";
import { expect, test } from "vitest";
import { differenceFrom } from "../../src/report/thumbnail.js";

const side = 16;
/** All of one grey, but for a corner of 3 x 3 pixels. */
const picture = (grey: number, corner: number) => ({
  ...{ height: side, width: side },
  pixels: Uint8Array.from({ length: 3 * side * side }, (_, i) => {
    const at = Math.floor(i / 3);
    return at % side < 3 && at < 3 * side ? corner : grey;
  }),
});

test.each([
  ["a trigger hides nothing that is faint elsewhere", picture(116, 255), picture(100, 0), 7, [255, 240]],
  [
    "a trigger alone is amplified as far as it can be told",
    picture(100, 140),
    picture(100, 100),
    3,
    [248, 128],
  ],
  ["what does not differ is mid grey", picture(100, 100), picture(100, 100), 16, [128, 128]],
])("difference: %s", async (_, one, other, factor, [corner, elsewhere]) => {
  const found = await differenceFrom(one, other);
  expect(found.factor).toBe(factor);
  const shown = await sharp(found.thumbnail.webp).raw().toBuffer();
  expect([shown[0], shown[shown.length - 1]]).toEqual([corner, elsewhere]);
});
