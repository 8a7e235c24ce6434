import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { createRng, shuffle } from "../../src/random/rng.js";
import { type CvModel, classifiers, type Fit } from "../../src/scoring/classifiers.js";
import type { Matrix } from "../../src/scoring/matrix.js";
import { areaUnderCurve, labelledTable } from "./random-table.js";

const names = Object.keys(classifiers) as CvModel[];
const COLUMNS = 20;
const PLANTED = 4;

/** Fits on 200 rows, predicts 200 others, tells which columns mattered. */
async function fitHalf(
  name: CvModel,
  { matrix, labels }: { matrix: Matrix; labels: Uint8Array },
  seed: string,
) {
  const order = shuffle(createRng("halves"), Int32Array.from(labels.keys()));
  const half = (from: number) => {
    const rows = order.slice(from, from + 200);
    return { rows, labels: Uint8Array.from(rows, (row) => labels[row]) };
  };
  const [train, heldOut] = [half(0), half(200)];
  const columns = Int32Array.from({ length: matrix.cols }, (_, column) => column);
  const classifier = await classifiers[name]([matrix], { seed: "bins", threads: 2 });
  try {
    const fit: Fit = { train, predictRows: heldOut.rows, columns, seed };
    const { probabilities, importances } = await classifier.fit(fit);
    return {
      auc: areaUnderCurve(probabilities, heldOut.labels),
      probabilities,
      importances: await importances(heldOut),
    };
  } finally {
    await classifier.close();
  }
}

beforeAll(async () => {
  await startEngine();
});

describe.each(names)("%s", (name) => {
  const separable = labelledTable(400, COLUMNS, { informative: PLANTED, shift: 3, seed: "separable" });

  test("separates what can be separated, finds the columns that do it, leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const { auc, probabilities, importances } = await fitHalf(name, separable, "s");
    expect(auc).toBeGreaterThan(name === "MLP" ? 0.95 : 0.99);
    expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
    expect(Math.min(...importances.slice(0, PLANTED))).toBeGreaterThan(
      Math.max(...importances.slice(PLANTED)),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
