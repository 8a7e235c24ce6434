import { expect, test } from "vitest";
import { conformalPValues } from "../../src/detection/conformal.js";
import { allRankings, scoresOf } from "./rankings.js";

test("p counts the reference scores that are at least as high, ties against the finding", () => {
  const reference = Float64Array.of(0.5, 0.1, 0.9, 0.5);
  const p = conformalPValues(Float64Array.of(1, 0.9, 0.5, 0.2, 0), reference);
  expect([...p]).toEqual([1 / 5, 2 / 5, 4 / 5, 4 / 5, 1]);
});

test("without trusted samples p is 1", () => {
  expect([...conformalPValues(Float64Array.of(3, -3), new Float64Array(0))]).toEqual([1, 1]);
});

test("over all rankings a clean suspect's p is uniform on 1/(n+1), ..., 1", () => {
  const [m, n] = [3, 4];
  const counts = new Map<number, number>();
  for (const ranking of allRankings(m, n)) {
    const { suspects, reference } = scoresOf(ranking);
    for (const p of conformalPValues(suspects, reference)) counts.set(p, (counts.get(p) ?? 0) + 1);
  }
  expect([...counts].sort(([a], [b]) => a - b)).toEqual([1, 2, 3, 4, 5].map((k) => [k / 5, (35 * 3) / 5]));
});
