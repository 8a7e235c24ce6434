import { describe, expect, test } from "vitest";
import { groupsOf, racedTiles, tileFor } from "../../../src/engine/kernels/webgpu/tiles.js";
import { webgpuKernels } from "../../../src/engine/kernels/webgpu-kernels.js";
import { createRng } from "../../../src/random/rng.js";
import { inTile, type Numbers, numbers, oneOf, onWebgpu, readTwice } from "./on-webgpu.js";

onWebgpu();

interface Case {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly ci: number;
  readonly co: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

const outputs = ({ height, width, kernel, stride, pad }: Case): [number, number] => {
  const side = (size: number) => Math.floor((size + 2 * pad - kernel) / stride) + 1;
  return [side(height), side(width)];
};

function randomCase(seed: number): Case {
  const rng = createRng(`convolution ${seed}`);
  const kernel = oneOf(rng, [1, 2, 3, 5, 7]);
  const pad = rng.int(Math.floor(kernel / 2) + 1);
  const side = () => kernel + rng.int(12);
  const channels = () => oneOf(rng, [1, 3, 4, 7, 16, 33, 40]);
  const [n, stride] = [oneOf(rng, [1, 2, 5]), 1 + rng.int(3)];
  return { n, height: side(), width: side(), ci: channels(), co: channels(), kernel, stride, pad };
}

/** Ragged in the tile and not mostly empty, forward and backward. */
const forTiles = { n: 1, height: 9, width: 16, ci: 70, co: 70, kernel: 1, stride: 1, pad: 0 };

/** The largest; the cases below are in the smallest. What a tile does is the same for every product (product.test.ts). */
test("forward and backward in a large tile", async () => {
  await inTile(0, async () => {
    for (const rows of [144, 70]) expect(tileFor(rows, 70)).toBe(racedTiles[0]);
    await compare(forTiles);
  });
});

test.each([3, 16, 64])(
  "a grid stays within WebGPU's 65,535 workgroups: 128 images of 224x224, %i channels",
  (channels) => {
    const rows = 128 * 224 ** 2;
    expect(groupsOf(tileFor(rows, channels), rows, channels)[1]).toBeLessThanOrEqual(65535);
  },
);

describe("agrees with the definition, the same bytes every time", () => {
  test.each(Array.from({ length: 3 }, (_, seed) => randomCase(seed)))(
    "$n images $height x $width, $ci -> $co, kernel $kernel, stride $stride, pad $pad",
    compare,
  );
});

async function compare(shape: Case): Promise<void> {
  const { n, height, width, ci, co, kernel, stride, pad } = shape;
  const x = numbers("x", [n, height, width, ci]);
  const w = numbers("w", [kernel, kernel, ci, co]);
  const dy = numbers("dy", [n, ...outputs(shape), co]);
  const geometry = { stride, pad };
  const found = await readTwice(() => [
    webgpuKernels.convolution(x.tensor, w.tensor, geometry),
    webgpuKernels.convolutionInputGradient(dy.tensor, w.tensor, [n, height, width, ci], geometry),
    webgpuKernels.convolutionFilterGradient(x.tensor, dy.tensor, [kernel, kernel, ci, co], geometry),
  ]);
  for (const operand of [x, w, dy]) operand.tensor.dispose();
  for (const [k, definition] of definitions(shape, x, w, dy).entries()) {
    const rng = createRng("places");
    for (let i = 0; i < 200; i++) {
      const last = found[k].length - 1;
      const place = i === 0 ? 0 : i === 1 ? last : rng.int(last + 1);
      const { sum, terms } = definition(place);
      // Of every product, and of every partial sum.
      const tolerance = 1e-6 * Math.sqrt(terms) + 2e-7 * terms;
      if (!(Math.abs(found[k][place] - sum) <= tolerance))
        expect([k, place, found[k][place]]).toEqual([k, place, sum]);
    }
  }
}

interface Sum {
  readonly sum: number;
  readonly terms: number;
}

/** An element of y, of dx and of dw in float64, and the number of its terms. */
function definitions(shape: Case, x: Numbers, w: Numbers, dy: Numbers): ((place: number) => Sum)[] {
  const { n, height, width, ci, co, kernel, stride, pad } = shape;
  const [outHeight, outWidth] = outputs(shape);
  const xAt = (b: number, row: number, column: number, p: number) =>
    ((b * height + row) * width + column) * ci + p;
  const yAt = (b: number, r: number, c: number, q: number) => ((b * outHeight + r) * outWidth + c) * co + q;
  const wAt = (i: number, j: number, p: number, q: number) => ((i * kernel + j) * ci + p) * co + q;
  const isInside = (row: number, column: number) => row >= 0 && column >= 0 && row < height && column < width;
  const split = (place: number, [, h, w, c]: readonly number[]) => {
    const position = Math.floor(place / c);
    return [Math.floor(position / (h * w)), Math.floor(position / w) % h, position % w, place % c];
  };
  return [
    (place) => {
      const [b, r, c, q] = split(place, dy.shape);
      let [sum, terms] = [0, 0];
      for (let i = 0; i < kernel; i++)
        for (let j = 0; j < kernel; j++) {
          const [row, column] = [r * stride + i - pad, c * stride + j - pad];
          if (!isInside(row, column)) continue;
          for (let p = 0; p < ci; p++) sum += x.values[xAt(b, row, column, p)] * w.values[wAt(i, j, p, q)];
          terms += ci;
        }
      return { sum, terms };
    },
    (place) => {
      const [b, row, column, p] = split(place, x.shape);
      let [sum, terms] = [0, 0];
      for (let i = 0; i < kernel; i++)
        for (let j = 0; j < kernel; j++) {
          const [r, c] = [(row + pad - i) / stride, (column + pad - j) / stride];
          if (!Number.isInteger(r) || !Number.isInteger(c)) continue;
          if (r < 0 || c < 0 || r >= outHeight || c >= outWidth) continue;
          for (let q = 0; q < co; q++) sum += dy.values[yAt(b, r, c, q)] * w.values[wAt(i, j, p, q)];
          terms += co;
        }
      return { sum, terms };
    },
    (place) => {
      const [i, j, p, q] = split(place, w.shape);
      let [sum, terms] = [0, 0];
      for (let b = 0; b < n; b++)
        for (let r = 0; r < outHeight; r++)
          for (let c = 0; c < outWidth; c++) {
            const [row, column] = [r * stride + i - pad, c * stride + j - pad];
            if (!isInside(row, column)) continue;
            sum += x.values[xAt(b, row, column, p)] * dy.values[yAt(b, r, c, q)];
            terms++;
          }
      return { sum, terms };
    },
  ];
}
