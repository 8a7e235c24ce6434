import { expect, test } from "vitest";
import { fuzz } from "./fuzz/fuzz.js";
import { type TargetName, targets } from "./fuzz/targets.js";

// `npm run fuzz` does the same with 10,000 inputs a reader.
test.each(Object.keys(targets) as TargetName[])(
  "150 damaged files for %s: a result or a refusal, soon",
  async (name) => {
    const report = await fuzz(targets[name], { name, seed: "test", first: 0, count: 150 });
    expect(report.defects).toEqual([]);
    expect(report.refused).toBeGreaterThan(20);
    expect(report.accepted + report.refused).toBe(150);
  },
);
