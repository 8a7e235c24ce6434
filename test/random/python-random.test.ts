import { expect, test } from "vitest";
import { pythonRandom } from "../../src/random/python-random.js";

/** All numbers here are CPython's. */
test("the raw bits are those of Python's generator", () => {
  const random = pythonRandom(545);
  expect([random.uint32(), random.uint32(), random.uint32()]).toEqual([922997815, 2698038767, 3831771493]);
  expect([pythonRandom(0).uint32(), pythonRandom(2 ** 32 - 1).uint32()]).toEqual([3626764237, 2728839433]);
});

test("a large share is drawn from a pool", () => {
  const drawn = pythonRandom(42).sample(200, 100);
  expect([...drawn.slice(0, 12)]).toEqual([163, 28, 6, 189, 70, 62, 57, 35, 188, 26, 173, 139]);
  expect([drawn[30], drawn[40]]).toEqual([150, 190]);
  expect(new Set(drawn).size).toBe(100);
});

test("a small share is drawn with retries", () => {
  const start = [1760, 449, 1897, 4089, 638, 3141, 2920, 2775, 4905, 4370];
  expect([...pythonRandom(545).sample(5000, 500).slice(0, 10)]).toEqual(start);
  expect([...pythonRandom(545).sample(5000, 25).slice(0, 10)]).toEqual(start);
});

test("all of a set can be drawn, more cannot", () => {
  expect([...pythonRandom(1).sample(30, 30)].sort((a, b) => a - b)).toEqual([...Array(30).keys()]);
  expect(pythonRandom(1).sample(3, 0)).toHaveLength(0);
  expect(() => pythonRandom(1).sample(3, 4)).toThrow("Cannot draw 4 of 3 values.");
});
