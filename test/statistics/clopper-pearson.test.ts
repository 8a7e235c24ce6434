import { expect, test } from "vitest";
import { clopperPearson } from "../../src/statistics/clopper-pearson.js";

/** By SciPy 1.17: `beta.ppf(0.025, count, of - count + 1)` and `beta.ppf(0.975, count + 1, of - count)`. */
test.each([
  [0, 10, 0.95, 0.0, 0.30849710781876294],
  [10, 10, 0.95, 0.6915028921812371, 1.0],
  [1, 10, 0.95, 0.0025285785444625728, 0.44501611702819543],
  [5, 10, 0.95, 0.1870860284474045, 0.8129139715525955],
  [3, 4, 0.95, 0.19412044968324338, 0.9936905367902901],
  [63, 64, 0.95, 0.9159896735656419, 0.9996044874858036],
  [639, 640, 0.95, 0.9913253368576969, 0.9999604417074743],
  [9541, 10000, 0.95, 0.9498141532871046, 0.9581188009734616],
  [1, 99989, 0.95, 2.532059004388539e-7, 5.572128954948784e-5],
  [50000, 100000, 0.95, 0.4968960624917999, 0.5031039375082001],
  [7, 20, 0.99, 0.11387976326673215, 0.6565685842319213],
])("%d of %d at %d", (count, of, confidence, lower, upper) => {
  const interval = clopperPearson(count, of, confidence);
  expect(Math.abs(interval.lower - lower)).toBeLessThanOrEqual(1e-9 * lower);
  expect(Math.abs(interval.upper - upper)).toBeLessThanOrEqual(1e-9 * upper);
});

test("without a trial everything is possible; more hits than trials are none", () => {
  expect(clopperPearson(0, 0)).toEqual({ lower: 0, upper: 1 });
  expect(() => clopperPearson(3, 2)).toThrow("3 of 2");
});
