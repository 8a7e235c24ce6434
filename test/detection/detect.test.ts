import { describe, expect, test } from "vitest";
import { type DetectionInput, detect } from "../../src/detection/detect.js";
import { flaggedIds } from "../../src/detection/flagged-ids.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";

const cols = 6;

/** Rows of normal noise, those of the first `shifted` samples moved by 4. */
function rows(name: string, samples: number, shifted: number) {
  const rng = createRng(name);
  const data = Float32Array.from({ length: samples * cols }, (_, i) =>
    i < shifted * cols ? 4 + rng.normal() : rng.normal(),
  );
  return { rows: samples, cols, data };
}
const ids = (samples: number, from: number) => Int32Array.from({ length: samples }, (_, i) => from + i);

const inputOf = (shifted: number, warnings: string[] = []): DetectionInput => ({
  increments: {
    suspectRows: rows("suspects", 30, shifted),
    suspectIds: ids(30, 0),
    cleanRows: rows("clean", 30, 0),
    cleanIds: ids(30, 100),
  },
  cvModel: "LogisticRegression",
  groups: 5,
  k2: 1e-4,
  seed: 545,
  cutAmong: "suspects",
  run: {
    reporter: { ...silentReporter, warn: (line) => void warnings.push(line) },
    signal: new AbortController().signal,
  },
});

describe("detection, told nothing of poisons", () => {
  test("both cuts fall between the samples that moved and those that did not", async () => {
    const { scores, thresholds } = await detect({ ...inputOf(12), customThreshold: 0.9 });
    expect(thresholds.map(({ name }) => name)).toEqual(["KMeans", "Gaussian", "custom"]);
    expect(thresholds[2].value).toBe(0.9);
    for (const { value } of thresholds.slice(0, 2))
      expect([...flaggedIds(scores.scores, scores.sampleIds, value)]).toEqual([...ids(12, 0)]);
  });

  test("where all suspects moved, the cut is made among suspects and clean samples together", async () => {
    const { scores, thresholds } = await detect({ ...inputOf(30), cutAmong: "all" });
    expect(flaggedIds(scores.scores, scores.sampleIds, thresholds[0].value)).toHaveLength(30);
    const apart = await detect(inputOf(30));
    expect(
      flaggedIds(apart.scores.scores, apart.scores.sampleIds, apart.thresholds[0].value).length,
    ).toBeLessThan(30);
  });

  test("where nothing moved, it says that the scores do not fall into two groups", async () => {
    const warnings: string[] = [];
    await detect(inputOf(0, warnings));
    expect(warnings.join()).toContain("the scores do not fall into two groups");
  });
});
