import { describe, expect, test } from "vitest";
import { partsFor, racedTiles, tileFor } from "../../../src/engine/kernels/webgpu/tiles.js";
import { tf } from "../../../src/engine/tf.js";
import { createRng } from "../../../src/random/rng.js";
import { inTile, numbers, oneOf, onWebgpu, readTwice } from "./on-webgpu.js";

onWebgpu();

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly stacks: readonly [a: readonly number[], b: readonly number[]];
  readonly transposed: readonly [a: boolean, b: boolean];
}

function randomCase(seed: number): Case {
  const rng = createRng(`product ${seed}`);
  const size = () => oneOf(rng, [1, 2, 5, 16, 31, 33, 64, 70, 130]);
  const stacks = oneOf(rng, [
    [[], []],
    [[3], [3]],
    [
      [2, 3],
      [2, 3],
    ],
    [[1], [4]],
    [[4], [1]],
  ] as const);
  const [rows, columns, depth] = [size(), size(), size()];
  return { rows, columns, depth, stacks, transposed: [rng.int(2) === 1, rng.int(2) === 1] };
}

describe("a matrix product agrees with float64, the same bytes every time", () => {
  test.each(Array.from({ length: 16 }, (_, seed) => randomCase(seed)))(
    "$rows x $depth by $depth x $columns, stacks $stacks, transposed $transposed",
    compare,
  );

  test.each([...racedTiles.keys()])("in tile %i", async (place) => {
    await inTile(place, async () => {
      expect(tileFor(140, 70)).toBe(racedTiles[place]);
      await compare({ rows: 140, columns: 70, depth: 37, stacks: [[2], [2]], transposed: [false, false] });
    });
  });

  test("a deep one, cut into parts that are added in their order", async () => {
    expect(partsFor(40, 40, 5000, 2)).toBeGreaterThan(8);
    await compare({ rows: 40, columns: 40, depth: 5000, stacks: [[2], [2]], transposed: [true, false] });
    await compare({ rows: 3, columns: 7, depth: 4097, stacks: [[], []], transposed: [false, true] });
  });
});

async function compare({ rows, columns, depth, stacks, transposed }: Case): Promise<void> {
  const a = numbers("a", [...stacks[0], ...(transposed[0] ? [depth, rows] : [rows, depth])]);
  const b = numbers("b", [...stacks[1], ...(transposed[1] ? [columns, depth] : [depth, columns])]);
  const [found] = await readTwice(() => [tf.matMul(a.tensor, b.tensor, ...transposed)]);
  tf.dispose([a.tensor, b.tensor]);
  const [ofA, ofB] = stacks.map((stack) => stack.reduce((x, y) => x * y, 1));
  expect(found.length).toBe(Math.max(ofA, ofB) * rows * columns);
  const rng = createRng("places");
  for (let i = 0; i < 300; i++) {
    const place = i === 0 ? 0 : i === 1 ? found.length - 1 : rng.int(found.length);
    const pair = Math.floor(place / (rows * columns));
    const [row, column] = [Math.floor(place / columns) % rows, place % columns];
    const firstA = (ofA === 1 ? 0 : pair) * rows * depth;
    const firstB = (ofB === 1 ? 0 : pair) * columns * depth;
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      const atA = firstA + (transposed[0] ? k * rows + row : row * depth + k);
      const atB = firstB + (transposed[1] ? column * depth + k : k * columns + column);
      sum += a.values[atA] * b.values[atB];
    }
    const tolerance = 1e-6 * Math.sqrt(depth) + 2e-7 * depth;
    if (!(Math.abs(found[place] - sum) <= tolerance)) expect([place, found[place]]).toEqual([place, sum]);
  }
}
