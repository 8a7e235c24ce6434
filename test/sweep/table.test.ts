import { expect, test } from "vitest";
import type { StageResult } from "../../src/experiment/results.js";
import type { Cell } from "../../src/sweep/cell.js";
import { rowsOf } from "../../src/sweep/estimates.js";
import type { Outcome } from "../../src/sweep/outcomes.js";
import { tablesOf } from "../../src/sweep/table.js";

const cell = (label: string, others: Partial<Cell> = {}): Cell => ({
  id: "0123456789ab",
  label,
  flags: {},
  ...others,
});
const reported: Cell["reported"] = {
  before: [95.4, 98.2],
  kmeans: [100, 0],
  gaussian: [100, 0],
  after: [94.9, 0.5],
};
const counted = { testImages: 1000, triggeredTestImages: 900, poisons: 50, cleanSuspects: 500 };
const lineOf = (text: string, start: string) => text.split("\n").find((line) => line.startsWith(start));

test("ours beside the original's, what is missing with its reason", () => {
  const measured: StageResult = {
    poisonedTrainingAccuracy: 0.951,
    poisonedTrainingAsr: 0.97,
    truePositiveRateKmeans: 1,
    falsePositiveRateKmeans: 0.002,
    ...counted,
  };
  const outcomes: Outcome[] = [
    { cell: cell("pr_tgt 0.1", { reported }), measured },
    { cell: cell("pr_tgt 0.2"), missing: "failed: no memory" },
  ];
  const { markdown, csv, ratesCsv } = tablesOf("Title", "Note.", rowsOf(outcomes));
  expect(markdown).toContain(
    "# Title\n\nNote.\nCounts with the exact 95 % interval in percent (Clopper and Pearson). What the original",
  );
  // SciPy: beta.ppf(0.025, 50, 1) and beta.ppf([0.025, 0.975], [1, 2], [500, 499]).
  expect(lineOf(markdown, "| pr_tgt 0.1")).toBe(
    "| pr_tgt 0.1 | 951/1000 [93.6, 96.4] (95.4) | 873/900 [95.7, 98.0] (98.2) | 50/50 [92.9, 100.0] (100.0) | " +
      "1/500 [0.0, 1.1] (0.0) | – (100.0) | – (0.0) | – (94.9) | – (0.5) |  |",
  );
  expect(lineOf(markdown, "| pr_tgt 0.2")).toBe("| pr_tgt 0.2 |  |  |  |  |  |  |  |  | failed: no memory |");
  expect(markdown).toContain("## Missing\n\n- pr_tgt 0.2: failed: no memory\n");
  const [header, first, second] = csv.trim().split("\n");
  expect(header).toBe(
    "cell,before ACC,before ASR,KMeans TPR,KMeans FPR,Gaussian TPR,Gaussian FPR,after ACC,after ASR," +
      "at random ACC,at random ASR,no poison ACC,no poison ASR," +
      "original before ACC,original before ASR,original KMeans TPR,original KMeans FPR," +
      "original Gaussian TPR,original Gaussian FPR,original after ACC,original after ASR,missing",
  );
  expect(first).toBe("pr_tgt 0.1,95.10,97.00,100.00,0.20,,,,,,,,,95.4,98.2,100,0,100,0,94.9,0.5,");
  expect(second).toBe("pr_tgt 0.2,,,,,,,,,,,,,,,,,,,,,failed: no memory");
  // Without seeds the counts stand in the table itself.
  expect(markdown).not.toContain("## Counts");
  expect(lineOf(ratesCsv, "0123456789ab,pr_tgt 0.1,,KMeans FPR")).toBe(
    "0123456789ab,pr_tgt 0.1,,KMeans FPR,1,500,0.002,0.0000506343,0.0110925",
  );
});

test("several seeds: their mean, Student's interval, every seed's counts, and how many there are", () => {
  const found = [50, 49, 47];
  const outcomes: Outcome[] = found.map((count, i) => ({
    cell: cell("lc", { seed: i + 1 }),
    measured: { truePositiveRateKmeans: count / 50, ...counted },
  }));
  const missing: Outcome = { cell: cell("lc", { seed: 4 }), missing: "not run yet" };
  const { markdown, meansCsv } = tablesOf("Title", undefined, rowsOf([...outcomes, missing]));
  // Of 1, 0.98 and 0.94: mean 0.97333, t.ppf(0.975, 2) * sd / sqrt(3) = 0.07589.
  expect(lineOf(markdown, "| lc |")).toBe("| lc | 3/4 | – | – | 97.3 [89.7, 100.0] | – | – | – | – | – |  |");
  expect(lineOf(markdown, "| lc, seed 2")).toContain("| 49/50 [89.4, 99.9] |");
  expect(markdown).toContain("- lc, seed 4: not run yet");
  expect(meansCsv).toBe(
    "cell,rate,measured,of cells,mean,lower,upper,count,of\nlc,KMeans TPR,3,4,0.973333,0.897442,1.04922,146,150\n",
  );
});

test("controls have columns where a cell has them", () => {
  const rates = { retrainControlAsr: 0.9, cleanTrainingAsr: 0, retrainAsr: 0.1 };
  const outcomes: Outcome[] = [{ cell: cell("lc"), measured: { ...rates, triggeredTestImages: 10 } }];
  const { markdown } = tablesOf("Title", undefined, rowsOf(outcomes));
  expect(lineOf(markdown, "| cell | before")).toMatch(
    / after ACC \| after ASR \| at random ASR \| no poison ASR \|/,
  );
  expect(markdown).toContain("| 1/10 [0.3, 44.5] | 9/10 [55.5, 99.7] | 0/10 [0.0, 30.8] |");
});

test("a rate without its counts has no interval, one seed no mean", () => {
  const outcomes: Outcome[] = [{ cell: cell("lc", { seed: 1 }), measured: { retrainAsr: 0.25 } }];
  const { markdown, ratesCsv } = tablesOf("Title", undefined, rowsOf(outcomes));
  expect(lineOf(markdown, "| lc |")).toBe("| lc | 1/1 | – | – | – | – | – | – | – | 25.0, not counted |  |");
  expect(ratesCsv).toContain("0123456789ab,lc,1,after ASR,,,0.25,,\n");
});

test("a screen shows the beginning of long lists, and says how much more there is", () => {
  const outcomes = Array.from({ length: 100 }, (_, i): Outcome => {
    const own = cell(`cell ${i}`);
    return i % 2 === 0
      ? { cell: own, missing: "not run yet" }
      : { cell: own, measured: { retrainAsr: 0.25 } };
  });
  const { markdown, shortMarkdown } = tablesOf("Title", undefined, rowsOf(outcomes));
  expect(markdown.match(/^\| cell \d/gm)).toHaveLength(100);
  expect(shortMarkdown.match(/^\| cell \d/gm)).toHaveLength(40);
  expect(shortMarkdown).toMatch(/^\| cell 39 .*\n\nand 60 more\n\n## Missing\n\n- cell 0: not run yet\n/m);
});
