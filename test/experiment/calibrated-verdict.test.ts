import { describe, expect, test } from "vitest";
import { calibratedVerdict, describeCalibrated } from "../../src/experiment/calibrated-verdict.js";
import { createRng } from "../../src/random/rng.js";

const signal = new AbortController().signal;
const features = 12;

/** Increments of samples `first`, …: two rows of noise each, shifted where the sample is among the poisons. */
function increments(first: number, count: number, poisons: ReadonlySet<number>) {
  const ids = Int32Array.from({ length: 2 * count }, (_, row) => first + (row % count));
  const data = new Float32Array(ids.length * features);
  for (const [row, id] of ids.entries()) {
    const rng = createRng(`${id}/${row}`);
    for (let c = 0; c < features; c++) data[row * features + c] = rng.uniform() + (poisons.has(id) ? 1 : 0);
  }
  return { ids, rows: { rows: ids.length, cols: features, data } };
}

function verdict(numPoisons: number) {
  const poisons = new Set(Array.from({ length: numPoisons }, (_, i) => i));
  const suspects = increments(0, 60, poisons);
  const clean = increments(100, 80, poisons);
  const input = {
    suspectRows: suspects.rows,
    suspectIds: suspects.ids,
    cleanRows: clean.rows,
    cleanIds: clean.ids,
  };
  return { poisons, found: calibratedVerdict(input, createRng(1), signal) };
}

describe("the calibrated verdict on suspects of an experiment", () => {
  test("poisons that stand out are evidence, and flagged", async () => {
    const { poisons, found } = verdict(35);
    const its = await found;
    expect(its?.p).toBeLessThan(0.001);
    expect(its?.atLeast).toBeGreaterThan(20);
    expect(its && describeCalibrated(its, poisons)).toMatch(
      /evidence, at least \d+ of 60 suspects are not clean; flagged: TPR 100.0 % \(35\/35 \[90.0, 100.0\]\), FPR/,
    );
  });

  test("clean suspects are no evidence", async () => {
    const { poisons, found } = verdict(0);
    const its = await found;
    expect(its?.p).toBeGreaterThan(0.05);
    expect(its && describeCalibrated(its, poisons)).toMatch(/no evidence; of 60 suspects \d+ or more/);
  });

  test("too few reference samples say nothing", async () => {
    const { rows, ids } = increments(0, 60, new Set());
    const few = increments(100, 19, new Set());
    const input = { suspectRows: rows, suspectIds: ids, cleanRows: few.rows, cleanIds: few.ids };
    expect(await calibratedVerdict(input, createRng(1), signal)).toBeUndefined();
  });
});
