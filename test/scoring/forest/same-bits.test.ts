import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createRng } from "../../../src/random/rng.js";
import { openDefaultForest, openRandomForest } from "../../../src/scoring/forest/classifier.js";

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

async function hashOfFit(open: typeof openRandomForest, rows: number, cols: number, threads: number) {
  const { matrix, labels } = table(rows, cols, `${rows} x ${cols}`);
  const numTrain = Math.floor(0.8 * rows);
  const train = Int32Array.from({ length: numTrain }, (_, i) => rows - 1 - i);
  const classifier = await open([matrix], { seed: "bins", threads });
  try {
    const hash = createHash("sha256");
    for (const columns of [
      Int32Array.from({ length: cols }, (_, column) => column),
      Int32Array.of(5, 0, 3),
    ]) {
      const { probabilities, importances } = await classifier.fit({
        train: { rows: train, labels: Uint8Array.from(train, (row) => labels[row]) },
        predictRows: Int32Array.from({ length: rows - numTrain + 5 }, (_, row) => row),
        columns,
        seed: "fit",
      });
      hash
        .update(new Uint8Array(probabilities.buffer))
        .update(new Uint8Array((await importances({ rows: train, labels })).buffer));
    }
    return hash.digest("hex").slice(0, 16);
  } finally {
    await classifier.close();
  }
}

test.each([
  ["RandomForest", openRandomForest, 60, 8, "a504ddb4336089f0"],
  ["RandomForest", openRandomForest, 500, 40, "10731a15240690d2"],
  ["prf", openDefaultForest, 300, 15, "61ba8ef03af3ff04"],
] as const)(
  "%s on %3$i x %4$i: the same bits as ever, on whatever threads",
  async (_, open, rows, cols, hash) => {
    for (const threads of [1, 3]) expect(await hashOfFit(open, rows, cols, threads)).toBe(hash);
  },
);
