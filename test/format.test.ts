import { expect, test } from "vitest";
import { formatBytes, formatCount, formatDuration, formatFlops } from "../src/format.js";

test.each([
  [0, "0 s"],
  [3.14, "3.1 s"],
  [42.4, "42 s"],
  [59.7, "1 min 00 s"],
  [3599.4, "59 min 59 s"],
  [7500, "2 h 05 min"],
  [86400 * 10, "10 days"],
  [86400 * 200, "7 months"],
  [86400 * 4276, "12 years"],
])("%d seconds", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("sizes, work and counts", () => {
  expect([0, 999, 1500, 999_600, 354e9].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.5 kB",
    "1 MB",
    "354 GB",
  ]);
  expect(formatFlops(38e15)).toBe("38 PFLOP");
  expect(formatCount(1_100_000)).toBe("1,100,000");
});
