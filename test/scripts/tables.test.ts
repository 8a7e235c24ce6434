import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { asArguments, cellsOf, type Table, tableSchema } from "../../scripts/tables/cells.js";
import { csv, markdown } from "../../scripts/tables/report.js";
import { optionProblems } from "../../src/attacks/options.js";
import { attacks } from "../../src/attacks/registry.js";
import { flagNames } from "../../src/experiment/flags/flags.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";

const folder = new URL("../../scripts/tables", import.meta.url);
const tables = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file): [string, Table] => [
    file.replace(".json", ""),
    tableSchema.parse(JSON.parse(readFileSync(new URL(file, folder), "utf8"))),
  ]);

test("the paper's tables are there", () => {
  expect(tables.map(([name]) => name).sort()).toEqual([
    "cpu",
    "cpu-cifar10",
    "ht-cifar10",
    "ht-imagenet",
    "ht-stl10",
    "lc",
    "mixed",
    "narcissus",
    "sa",
    "weaker-attacks",
  ]);
});

/** A command line's flags as the parser hands them on. */
function rawFlags(args: readonly string[]) {
  const raw: Record<string, string | boolean | string[]> = {};
  for (let i = 0; i < args.length; i++) {
    const name = args[i].slice(2);
    const value = args[i + 1]?.startsWith("--") === false ? args[++i] : true;
    if (name === "attack_opt") raw[name] = [...((raw[name] as string[]) ?? []), String(value)];
    else raw[name] = value;
  }
  return raw;
}

describe.each(tables)("table %s", (_, table) => {
  test.each(["full", "small"] as const)("every cell at %s scale is a valid command line", (scale) => {
    const cells = cellsOf(table, scale).filter(({ impossible }) => impossible === undefined);
    expect(cells.length).toBeGreaterThan(0);
    expect(new Set(cells.map(({ folder }) => folder)).size).toBe(cells.length);
    for (const cell of cells) {
      const raw = rawFlags([...asArguments(cell.flags), "--poisoned_training"]);
      for (const name of Object.keys(raw)) expect(flagNames).toContain(name);
      expect(() => parseRunConfig(raw)).not.toThrow();
    }
  });

  test("every number the original reported has its cell", () => {
    const found = cellsOf(table, "full").flatMap(({ reported }) => reported ?? []);
    expect(found).toHaveLength(table.reported.length);
  });
});

const lc = tables.find(([name]) => name === "lc")?.[1] as Table;

test("cells whose class cannot hold the clean suspects are left out; crowded ones take clean groups from the test set", () => {
  const cell = (prTgt: number, prSus: number) =>
    cellsOf(lc, "full").find(({ label }) => label === `pr_tgt ${prTgt}, pr_sus ${prSus}`);
  expect(cell(0.2, 10)?.impossible).toContain("too small");
  expect(cell(0.1, 10)).toMatchObject({ flags: { sample_from_test: true } });
  expect(cell(0.1, 10)?.impossible).toBeUndefined();
  expect(cell(0.1, 50)?.flags).not.toHaveProperty("sample_from_test");
  expect(optionProblems("lc", attacks.lc.options, { steps: 5 })).toEqual([]);
});

test("the report lays ours beside the original's, and says what is missing", () => {
  const cells = cellsOf(lc, "full");
  const reported = cells.find((cell) => cell.reported);
  if (!reported) throw new Error("nothing reported");
  const measured = {
    poisonedTrainingAccuracy: 0.951,
    poisonedTrainingAsr: 0.97,
    truePositiveRateKmeans: 1,
    falsePositiveRateKmeans: 0.002,
  };
  const outcomes = [
    { cell: reported, measured },
    { cell: cells[0], missing: "failed with exit code 1" },
  ];
  const page = markdown("Title", "Note.", outcomes);
  expect(page).toContain("| 95.1 / 97.0 (95.4 / 98.2) | 100.0 / 0.2 (100.0 / 0.0) | – / – (100.0 / 0.0) |");
  expect(page).toContain("failed with exit code 1 |");
  const [header, first, second] = csv(outcomes).trim().split("\n");
  expect(header.split(",")).toHaveLength(18);
  expect(header).toContain(
    "before ACC,before ASR,KMeans TPR,KMeans FPR,Gaussian TPR,Gaussian FPR,after ACC,after ASR",
  );
  expect(first).toContain(",95.10,97.00,100.00,0.20,,,,,95.4,98.2,100,0,100,0,94.9,0.5,");
  expect(second).toContain("failed with exit code 1");
});
