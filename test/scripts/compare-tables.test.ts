import { expect, test } from "vitest";
import type { CellRecord, DetectorRecord } from "../../scripts/study/compare-cells.js";
import { flagsOf, kinds } from "../../scripts/study/compare-settings.js";
import { compareTables } from "../../scripts/study/compare-tables.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";

const flagged = (poisons: number, clean: number) => ({
  poisons: { count: poisons, of: 36 },
  clean: { count: clean, of: 24 },
});
const detectorOf = (name: string, areaUnderRoc: number, p: number, ownCut = false): DetectorRecord => ({
  name,
  title: name,
  assumesShare: name === "spectral",
  p,
  truth: { areaUnderRoc, flagged: flagged(30, 1), ownCut: ownCut ? flagged(36, 6) : undefined },
  seconds: 2,
});
const cellOf = (kind: CellRecord["kind"], seed: number, detectors: DetectorRecord[]): CellRecord => ({
  kind,
  seed,
  detectors,
  results: { poisonedTrainingAsr: 0.5, triggeredTestImages: 100 },
});

test("seeds are averaged with an interval, counts are added, a kind without a detector has a dash", () => {
  const text = compareTables([
    cellOf("sig", 1, [detectorOf("spectral", 0.9, 0.2, true), detectorOf("increments", 1, 0.01)]),
    cellOf("sig", 2, [detectorOf("spectral", 0.8, 0.05, true), detectorOf("increments", 1, 0.06)]),
    cellOf("clean", 1, [detectorOf("spectral", 0.5, 1), detectorOf("penultimate", 0.6, 1)]),
    cellOf("clean", 2, [detectorOf("increments", 0.4, 1), detectorOf("penultimate", 0.6, 1)]),
  ]);
  // t.ppf(0.975, 1) times 0.05 is 0.635.
  expect(text).toContain("| spectral * | 0.50 | 0.85 [0.21, 1.00] |\n");
  expect(text).toContain("| increments | 0.40 | 1.00 [1.00, 1.00] |\n");
  expect(text).toContain("| penultimate activations | -0.20 | – |\n| all stages | – | – |");
  expect(text).toContain("| spectral * | 30/36 [67.2, 93.6] | 60/72 [72.7, 91.1] |");
  expect(text).toContain("| ASR | 100/200 [42.9, 57.1] | 100/200 [42.9, 57.1] |");
  expect(text).toContain("| spectral * | 0/1 | 1/2 |");
  expect(text).toMatch(/\| spectral \* \| – \| 72\/72 \[[\d., ]+\] \/ 12\/48 \[[\d., ]+\] \|/);
  expect(text).toContain("| spectral | 2.0 |");
});

test.each(kinds)("the product takes the flags of %s", (kind) => {
  for (const dataset of ["synthetic", "cifar10"] as const) {
    const flags = flagsOf(dataset, kind, 3, "data");
    const raw: Record<string, string | string[]> = {};
    flags.forEach((word, i) => {
      const name = word.slice(2);
      if (i % 2 === 1) return;
      if (name === "attack_opt") raw[name] = [...(raw[name] ?? []), flags[i + 1]];
      else raw[name] = flags[i + 1];
    });
    const config = parseRunConfig({ ...raw, poisoned_training: true });
    expect(config).toMatchObject({ globalSeed: 3, prSus: 60, model: "ResNet8" });
  }
});
