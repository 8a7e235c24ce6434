import { expect, test } from "vitest";
import { nullTable, powerTable } from "../../scripts/study/scan-tables.js";
import type { ClassRecord, ScanRecord } from "../../scripts/study/scans.js";

const classOf = (attack: string, p: number, flagged: readonly [number, number]): ClassRecord => ({
  name: attack,
  attack,
  poisons: attack === "clean" ? 0 : 20,
  isEvidence: p <= 0.05,
  p,
  adjustedP: p,
  leading: "pattern",
  atLeast: 7,
  wouldNotice: 12,
  flagged,
  byScore: [{ score: "pattern", p, auc: attack === "clean" ? undefined : 0.9, flagged }],
});
const scanOf = (seed: number, classes: readonly ClassRecord[]): ScanRecord => {
  const choice = { trusted: 50, redraw: 0, splits: 1, fdr: 0.1, level: 0.05 };
  return { seed, accuracy: 0.7, attackSuccess: { sig: seed / 10 }, choice, classes };
};

test("false alarms are counted scan by scan, p-values class by class, with exact intervals", () => {
  const quiet = scanOf(1, [classOf("clean", 0.3, [0, 0]), classOf("clean", 0.9, [4, 0])]);
  const alarm = scanOf(2, [classOf("clean", 0.04, [3, 0]), classOf("clean", 0.6, [0, 0])]);
  const text = nullTable([quiet, alarm, quiet, quiet]);
  expect(text).toContain(
    "evidence: 1/4 [0.6, 80.6]; with a flagged image: 1/4 [0.6, 80.6]; images flagged: 3",
  );
  expect(text).toMatch(/\| pattern \| 0\/8 .* \| 1\/8 .* \| 1\/8 .* \| 4\/8 /);
});

test("an attack that was not noticed counts as found by none; clean classes are told apart", () => {
  const found = scanOf(1, [classOf("sig", 0.001, [20, 18]), classOf("clean", 0.02, [2, 0])]);
  const missed = scanOf(2, [classOf("sig", 0.7, [9, 9]), classOf("clean", 0.8, [0, 0])]);
  const [, , row] = powerTable([found, missed]).split("\n");
  expect(row).toBe(
    "| sig | 20 | 50 | 1/2 [1.3, 98.7] | 18/40 [29.3, 61.5] | 10.0 | 12 | 7 | 0.90, 0.350 | 10 % to 20 % |",
  );
  expect(powerTable([found, missed])).toContain("evidence, 50 trusted: 1/2 [1.3, 98.7], 2 images flagged");
});
