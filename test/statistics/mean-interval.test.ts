import { expect, test } from "vitest";
import { meanInterval } from "../../src/statistics/mean-interval.js";

test("Student's interval, by SciPy's t.ppf", () => {
  const { mean, lower, upper } = meanInterval([0.98, 1, 0.95, 0.99, 1]) ?? {};
  expect(mean).toBeCloseTo(0.984, 12);
  expect(lower).toBeCloseTo(0.9582523073207092, 9);
  expect(upper).toBeCloseTo(1.0097476926792908, 9);
});

/** Of two values a and -a the half width is a times the quantile of one degree of freedom; t.ppf(0.975, 1). */
test.each([
  [0.95, 12.706204736174694],
  [0.99, 63.65674116287399],
])("two values at %d", (confidence, quantile) => {
  expect(meanInterval([3, -3], confidence)?.upper).toBeCloseTo(3 * quantile, 7);
});

test("equal values leave no doubt, a single one leaves all", () => {
  expect(meanInterval([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, lower: 0.5, upper: 0.5 });
  expect(meanInterval([1])).toEqual({
    mean: 1,
    lower: Number.NEGATIVE_INFINITY,
    upper: Number.POSITIVE_INFINITY,
  });
  expect(meanInterval([])).toBeUndefined();
});
