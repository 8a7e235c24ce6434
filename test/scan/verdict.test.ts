import { expect, test } from "vitest";
import { describeVerdict } from "../../src/scan/verdict.js";
import { sampleScan } from "../report/sample-report.js";

test("a line for each class with evidence and for the most suspicious others, by names that no terminal obeys", () => {
  const classNames = Array.from({ length: 60 }, (_, c) => (c === 0 ? "\u001b[2Jred\n" : `class-${c}`));
  const { verdict } = sampleScan({ classNames, suspects: 10, flagged: 3, trusted: 2, side: 8, odd: 30 });
  const lines = describeVerdict(verdict);
  expect(lines).toHaveLength(30 + 20 + 2);
  expect(lines[0]).toMatch(
    /^class \\u\{1b\}\[2Jred\\u\{a\}: 10 images, 2 trusted: EVIDENCE .*corrected p 6\.0e-8/,
  );
  expect(lines.filter((line) => line.includes("EVIDENCE"))).toHaveLength(30);
  expect(lines.slice(-2)).toEqual([
    "and 10 classes less suspicious, as report.html shows",
    "verdict: evidence",
  ]);
});
