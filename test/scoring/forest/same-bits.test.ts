import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/random/rng.js";
import { binMatrix } from "../../../src/scoring/forest/binning/bin-matrix.js";
import { type ForestFit, fitForest } from "../../../src/scoring/forest/fit-forest.js";
import { sqrtFeatures } from "../../../src/scoring/forest/forest.js";
import { inlinePool } from "../inline-pool.js";

/** Whole numbers, so that the table is the same on every machine; some columns have few values, some tell the labels. */
function table(rows: number, cols: number, seed: string) {
  const rng = createRng(seed);
  const labels = Uint8Array.from({ length: rows }, () => rng.int(2));
  const data = Float32Array.from({ length: rows * cols }, (_, at) => {
    const column = at % cols;
    return rng.int(column % 3 === 0 ? 7 : 2 ** 20) + (column < 4 ? 2 : 0) * labels[Math.floor(at / cols)];
  });
  return { matrix: { rows, cols, data }, labels };
}

type Settings = Pick<ForestFit, "trees" | "maxDepth">;

/** Of two fits, on all columns and on three, of four fifths of the rows. */
async function hashOfFits({ trees, maxDepth }: Settings, rows: number, cols: number, threads: number) {
  const { matrix, labels } = table(rows, cols, `${rows} x ${cols}`);
  const numTrain = Math.floor(0.8 * rows);
  const train = Int32Array.from({ length: numTrain }, (_, i) => rows - 1 - i);
  const pool = inlinePool(threads);
  const binned = await binMatrix([matrix], pool, { seed: "bins", trees });
  const hash = createHash("sha256");
  for (const columns of [Int32Array.from({ length: cols }, (_, column) => column), Int32Array.of(5, 0, 3)]) {
    const { probabilities, importances } = await fitForest(pool, binned, {
      train: { rows: train, labels: Uint8Array.from(train, (row) => labels[row]) },
      predictRows: Int32Array.from({ length: rows - numTrain + 5 }, (_, row) => row),
      columns,
      ...{ trees, maxDepth, featuresPerSplit: sqrtFeatures(columns.length), seed: "fit" },
    });
    hash.update(new Uint8Array(probabilities.buffer)).update(new Uint8Array(importances.buffer));
  }
  return hash.digest("hex").slice(0, 16);
}

describe("the same bits as ever, however many threads share the trees", () => {
  test.each([
    [60, 8, { trees: 200, maxDepth: 10 }, "a504ddb4336089f0"],
    [500, 40, { trees: 200, maxDepth: 10 }, "10731a15240690d2"],
    [300, 15, { trees: 100, maxDepth: Number.POSITIVE_INFINITY }, "61ba8ef03af3ff04"],
  ])("%i x %i, %o", async (rows, cols, settings, hash) => {
    for (const threads of [1, 2, 3, 6, 8, 32, 192]) {
      expect(await hashOfFits(settings, rows, cols, threads)).toBe(hash);
    }
  });
});
