import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { detectionRates } from "../../src/experiment/rates.js";
import { startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import {
  type ScoreInput,
  type ScoreOptions,
  type Scores,
  scoreSamples,
} from "../../src/scoring/poison-score.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import { gaussianThreshold } from "../../src/scoring/thresholds/gaussian.js";
import { kmeansThreshold } from "../../src/scoring/thresholds/kmeans.js";
import { areaUnderCurve } from "./random-table.js";

const EPOCHS = 4;
const FEATURES = 30;
/** Suspects 0..39, of which the first 20 are poisons; clean samples 100..139. */
const POISONS = new Set(Array.from({ length: 20 }, (_, id) => id));

/** Rows in the order of a capture: epoch after epoch. Poisons are moved in the first five features. */
function capture(shift: number): ScoreInput {
  const rng = createRng("capture");
  const rowsOf = (firstId: number) => {
    const ids = Int32Array.from({ length: EPOCHS * 40 }, (_, row) => firstId + (row % 40));
    const data = Float32Array.from({ length: ids.length * FEATURES }, (_, i) => {
      const poison = POISONS.has(ids[Math.floor(i / FEATURES)]);
      return rng.normal() + (poison && i % FEATURES < 5 ? shift : 0);
    });
    return { ids, matrix: { rows: ids.length, cols: FEATURES, data } };
  };
  const suspects = rowsOf(0);
  const clean = rowsOf(100);
  return {
    suspectRows: suspects.matrix,
    suspectIds: suspects.ids,
    cleanRows: clean.matrix,
    cleanIds: clean.ids,
  };
}

const options: ScoreOptions = { cvModel: "RandomForest", groups: 5, k2: 0.0001, seed: 7, threads: 1 };

beforeAll(async () => {
  await startEngine();
});

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("poisons among the suspects", () => {
  const progress: [number, number][] = [];
  let result: Scores;
  beforeAll(async () => {
    result = await scoreSamples(capture(3), {
      ...options,
      k2: 0.05,
      onProgress: (...at) => progress.push(at),
    });
  });

  test("get the higher scores", () => {
    const { threshold } = kmeansThreshold(result.scores);
    const rates = detectionRates(result.scores, result.sampleIds, POISONS, threshold);
    expect(rates.truePositives.count).toBe(POISONS.size);
    expect(rates.falsePositives.count).toBe(0);
  });

  test("every sample has one score in [0, 1], in the order of its id", () => {
    expect([...result.sampleIds]).toEqual(Array.from({ length: 40 }, (_, id) => id));
    expect([...result.cleanIds]).toEqual(Array.from({ length: 40 }, (_, i) => 100 + i));
    for (const scores of [result.scores, result.cleanScores]) {
      expect(scores).toHaveLength(40);
      expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
    }
  });

  test("the features that give them away matter most; those above k_2 are kept", () => {
    const { importances, keptFeatures } = result;
    expect(Math.min(...importances.slice(0, 5))).toBeGreaterThan(1.5 * Math.max(...importances.slice(5)));
    const above = [...importances.keys()].filter((feature) => importances[feature] > 0.05);
    expect([...keptFeatures]).toEqual(above);
    expect(above.length).toBeLessThan(10);
    expect(result.importances.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
  });

  test("progress ends at the announced total", () => {
    expect(progress).toEqual(Array.from({ length: 20 }, (_, i) => [i + 1, 20]));
  });
});

test("the scores are held-out ones: without poisons suspects look like clean samples", async () => {
  const { scores, cleanScores } = await scoreSamples(capture(0), { ...options, groups: 3 });
  expect(Math.abs(mean(scores) - mean(cleanScores))).toBeLessThan(0.1);
});

test("features that say nothing: every row the same, and nobody is flagged", async () => {
  const { suspectRows, cleanRows, ...ids } = capture(0);
  const constant = ({ rows, cols }: typeof suspectRows) => ({
    rows,
    cols,
    data: new Float32Array(rows * cols).fill(1),
  });
  const input = { ...ids, suspectRows: constant(suspectRows), cleanRows: constant(cleanRows) };
  const { scores } = await scoreSamples(input, { ...options, groups: 2 });
  expect(new Set(scores).size).toBe(1);
  for (const { threshold } of [kmeansThreshold(scores), gaussianThreshold(scores)])
    expect(scores.filter((score) => score > threshold)).toHaveLength(0);
});

test("without a feature above k_2 all scores are zero", async () => {
  let last: [number, number] = [0, 0];
  const result = await scoreSamples(capture(3), {
    ...options,
    k2: 0.9,
    groups: 2,
    onProgress: (...at) => {
      last = at;
    },
  });
  expect(result.keptFeatures).toHaveLength(0);
  expect([...result.scores, ...result.cleanScores].every((score) => score === 0)).toBe(true);
  expect(result.importances).toHaveLength(FEATURES);
  expect(last).toEqual([8, 8]);
});

/** The first epoch of a capture. */
function oneEpoch(input: ScoreInput): ScoreInput {
  const rowsOf = (matrix: Matrix) => ({ ...matrix, rows: 40, data: matrix.data.slice(0, 40 * FEATURES) });
  return {
    suspectRows: rowsOf(input.suspectRows),
    suspectIds: input.suspectIds.slice(0, 40),
    cleanRows: rowsOf(input.cleanRows),
    cleanIds: input.cleanIds.slice(0, 40),
  };
}

test.each([
  ["prf", 0.0001],
  ["LogisticRegression", 0.0001],
  ["LinearSVM", 0.0001],
  ["KernelSVM", 0.0001],
  ["ml-random-forest", 0.01],
] as const)("%s ranks the poisons above the clean suspects", async (cvModel, k2) => {
  const input = oneEpoch(capture(4));
  const { scores, sampleIds, keptFeatures } = await scoreSamples(input, {
    ...options,
    cvModel,
    groups: 2,
    k2,
  });
  const isPoison = Array.from(sampleIds, (id) => Number(POISONS.has(id)));
  expect(areaUnderCurve(scores, isPoison)).toBeGreaterThan(0.95);
  expect([0, 1, 2, 3, 4].every((feature) => keptFeatures.includes(feature))).toBe(true);
});

test("MLP finds the features that give poisons away, and leaves no tensor behind", async () => {
  const before = tf.memory().numTensors;
  // Nothing is above this k_2: the second pass would only take time.
  const { importances } = await scoreSamples(capture(4), { ...options, cvModel: "MLP", groups: 2, k2: 1e6 });
  expect(mean(importances.slice(0, 5))).toBeGreaterThan(2 * Math.max(...importances.slice(5)));
  expect(tf.memory().numTensors).toBe(before);
});

describe("input that cannot be right is refused", () => {
  const input = capture(0);

  test("a sample that is both suspect and clean", async () => {
    const cleanIds = input.cleanIds.map((id) => (id === 100 ? 7 : id));
    await expect(scoreSamples({ ...input, cleanIds }, options)).rejects.toThrow("Sample 7 is both");
  });

  test("ids that do not match the rows", async () => {
    const suspectIds = input.suspectIds.slice(1);
    await expect(scoreSamples({ ...input, suspectIds }, options)).rejects.toThrow(
      "Every row needs a sample id",
    );
  });

  test("more groups than samples", async () => {
    await expect(scoreSamples(input, { ...options, groups: 41 })).rejects.toThrow("--groups 41");
  });
});

describe("a stop keeps the folds that are finished", () => {
  const input = oneEpoch(capture(3));
  const two = { ...options, cvModel: "LogisticRegression", groups: 2 } as const;
  let whole: Scores;
  beforeAll(async () => {
    whole = await scoreSamples(input, two);
  });

  test.each([
    ["after the last fit of a fold", 2, 1],
    ["between the two fits of the next fold", 3, 1],
    ["after the last fit of all", 8, 4],
  ])("%s; they are not fitted again, and all ends the same", async (_, stopAt, finished) => {
    const kept = new Map<string, Float64Array>();
    const set = async (name: string, values: Float64Array) => void kept.set(name, values.slice());
    const memory = { get: (name: string) => kept.get(name), set };
    const stop = new AbortController();
    const onProgress = (done: number) => done === stopAt && stop.abort(new Error("stopped"));
    const stopped = scoreSamples(input, { ...two, memory, onProgress, signal: stop.signal });
    await expect(stopped).rejects.toThrow("stopped");
    expect(kept.size).toBe(finished);
    const before = new Map(kept);
    const progress: number[] = [];
    const again = { ...two, memory, onProgress: (done: number) => void progress.push(done) };
    expect(await scoreSamples(input, again)).toEqual(whole);
    expect(kept.size).toBe(4);
    for (const [name, values] of before) expect(kept.get(name)).toBe(values);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
