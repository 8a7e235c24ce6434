import { expect, test } from "vitest";
import { flaggedIds } from "../../src/detection/flagged-ids.js";
import { detectionRates, referenceFalsePositives } from "../../src/experiment/rates.js";

const sampleIds = Int32Array.of(3, 5, 8, 9);
const scores = Float64Array.of(0.9, 0.5, 0.7, 0.2);

test("rates are over the poisons and over the clean suspects", () => {
  const rates = detectionRates(scores, sampleIds, new Set([3, 5, 1000]), 0.6);
  expect(rates).toEqual({
    flagged: Int32Array.of(3, 8),
    truePositives: { count: 1, of: 2 },
    falsePositives: { count: 1, of: 2 },
  });
});

test("a score equal to the threshold is not flagged", () => {
  expect(flaggedIds(scores, sampleIds, 0.7)).toEqual(Int32Array.of(3));
});

test("a threshold that is not a number flags nothing", () => {
  expect(flaggedIds(scores, sampleIds, Number.NaN)).toHaveLength(0);
});

test("the reference rate is over the clean reference samples", () => {
  expect(referenceFalsePositives(Float64Array.of(0.1, 0.2, 0.3, 0.8), 0.25)).toEqual({ count: 2, of: 4 });
});

test("every score needs a sample", () => {
  expect(() => detectionRates(scores, sampleIds.subarray(1), new Set(), 0.6)).toThrow(
    "4 scores, 3 sample ids",
  );
});
