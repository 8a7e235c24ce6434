import { expect, test } from "vitest";
import { type Evaluation, type LbfgsOptions, minimise } from "../../../src/scoring/linear/lbfgs.js";

function run(
  start: number[],
  of: (x: Float64Array) => Evaluation,
  options: Partial<LbfgsOptions> = {},
): { x: Float64Array; evaluations: number } {
  const steps = minimise(Float64Array.from(start), { tolerance: 1e-8, maxIterations: 500, ...options });
  let evaluations = 0;
  let at = steps.next();
  while (!at.done) {
    evaluations++;
    at = steps.next(of(at.value));
  }
  return { x: at.value, evaluations };
}

/** Sum of scale_i (x_i - i)^2 / 2. */
const bowl = (scales: readonly number[]) => (x: Float64Array) => ({
  value: scales.reduce((sum, scale, i) => sum + (scale * (x[i] - i) ** 2) / 2, 0),
  gradient: Float64Array.from(scales, (scale, i) => scale * (x[i] - i)),
});

test("finds the minimum of a bowl whose axes differ by 10^4", () => {
  const { x, evaluations } = run([9, 9, 9, 9, 9], bowl([1, 10, 100, 1000, 10_000]));
  for (const i of [0, 1, 2, 3, 4]) expect(x[i]).toBeCloseTo(i, 6);
  expect(evaluations).toBeLessThan(60);
});

test("finds the minimum of a function that is far from a parabola", () => {
  // log(e^x + e^-x) + exp(y - 2) - y: minimum at 0, 2.
  const { x } = run([30, -8], ([x, y]) => ({
    value: Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x))) + Math.exp(y - 2) - y,
    gradient: Float64Array.of(Math.tanh(x), Math.exp(y - 2) - 1),
  }));
  expect(x[0]).toBeCloseTo(0, 6);
  expect(x[1]).toBeCloseTo(2, 5);
});

test("stays where the gradient is small enough, and stops after the iterations allowed", () => {
  expect(run([0, 1], bowl([1, 1]))).toEqual({ x: Float64Array.of(0, 1), evaluations: 1 });
  const start = [5, 5, 5];
  const far = run(start, bowl([1, 50, 900]), { maxIterations: 2 }).x;
  expect([...far]).not.toEqual(start);
  expect(Math.abs(far[0])).toBeGreaterThan(1e-3);
});

test("ends at the limit of precision instead of searching on", () => {
  // float32 values of a bowl on a high floor: near the minimum no step lowers them.
  const rounded = (x: Float64Array) => {
    const { value, gradient } = bowl([1, 30])(x);
    return { value: Math.fround(1000 + value), gradient };
  };
  const { x, evaluations } = run([3, 3], rounded, { tolerance: 0 });
  expect(Math.abs(x[1] - 1)).toBeLessThan(0.01);
  expect(evaluations).toBeLessThan(300);
});
