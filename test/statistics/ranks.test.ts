import { expect, test } from "vitest";
import { areaUnderRoc, positivesAt, ranks, spearman } from "../../src/statistics/ranks.js";

const of = (...values: number[]) => Float64Array.from(values);
const positives = of(0.9, 0.4, 0.4, 0.8, 0.1);
const negatives = of(0.4, 0.3, 0.35, 0.05, 0.4, 0.85);

// scikit-learn 1.9.1's roc_auc_score, SciPy 1.17.1's rankdata and spearmanr.
test("ranks, areas and correlations are SciPy's and scikit-learn's, ties included", () => {
  expect([...ranks(of(3, 1, 2, 2, 5, 4.5))]).toEqual([4, 1, 2.5, 2.5, 6, 5]);
  expect(areaUnderRoc(positives, negatives)).toBeCloseTo(2 / 3, 12);
  expect(spearman(of(3, 1, 2, 2, 5, 4.5), of(2, 0, 1, 3, 3, 9))).toBeCloseTo(0.75, 12);
});

test("what does not vary, or is not there, has none", () => {
  expect(spearman(of(1, 1, 1), of(1, 2, 3))).toBeUndefined();
  expect(areaUnderRoc(of(), negatives)).toBeUndefined();
  expect(areaUnderRoc(positives, of())).toBeUndefined();
});

test("positives above a cut that flags a share of the negatives: ties with it are not above", () => {
  expect(positivesAt(0, positives, negatives)).toBe(1);
  expect(positivesAt(0.17, positives, negatives)).toBe(2);
  expect(positivesAt(0.5, positives, negatives)).toBe(4);
  expect(positivesAt(1, positives, negatives)).toBe(5);
});
