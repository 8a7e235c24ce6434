import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { appendResult, type StageResult } from "../../src/experiment/results.js";
import { mapConcurrently } from "../../src/files/map-concurrently.js";
import { type Cell, cellPaths } from "../../src/sweep/cell.js";
import { cellListOf, readCells } from "../../src/sweep/cell-list.js";
import { runCell } from "../../src/sweep/run-cell.js";
import { type Benchmark, rounded, seconds } from "./figure.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const goal = "< 5 s";

/** What a user waits for with ten thousand cells that are all done. */
export const sweep: Benchmark = async function* () {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-bench-"));
  try {
    const grid = join(folder, "grid.json");
    const axes = { pr_tgt: upTo(10).map((i) => i / 20), pr_sus: upTo(10).map((i) => 50 + i) };
    await writeFile(grid, JSON.stringify({ flags: { dataset: "synthetic" }, grid: axes, seeds: 100 }));
    const out = join(folder, "sweep");
    const timed = (...args: string[]) =>
      seconds(async () => {
        const { status, stderr } = spawnSync(process.execPath, [main, "sweep", ...args], {
          encoding: "utf8",
          maxBuffer: 2 ** 28,
        });
        if (status !== 0) throw new Error(`sweep ${args.join(" ")} failed: ${stderr}`);
      });
    const unit = "s";
    const plan = await timed("plan", grid, "--out", out);
    yield { name: "sweep plan, 10,000 cells", value: rounded(plan), unit };
    const cells = await readCells(cellListOf(out));
    const filling = await seconds(() =>
      mapConcurrently([...cells.entries()], 32, (entry) => finish(out, ...entry)),
    );
    yield { name: "their states and results are written", value: rounded(filling), unit };
    yield { name: "sweep status", value: rounded(await timed("status", out)), unit, goal };
    yield { name: "sweep collect", value: rounded(await timed("collect", out)), unit, goal };
    const dry = await timed("submit", out, "--on", "slurm", "--dry-run");
    yield { name: "sweep submit", value: rounded(dry), unit, goal };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** As if the cell had been run. */
async function finish(out: string, index: number, cell: Cell): Promise<void> {
  const counts = { testImages: 10_000, triggeredTestImages: 9_000, poisons: 250, cleanSuspects: 2_500 };
  const results: Readonly<Record<string, StageResult>> = {
    poisoned_training: { poisonedTrainingAccuracy: 0.9 + (index % 700) / 1e4, poisonedTrainingAsr: 0.97 },
    score_samples: {
      truePositiveRateKmeans: (250 - (index % 20)) / 250,
      falsePositiveRateKmeans: (index % 90) / 2500,
      truePositiveRateGaussian: (250 - (index % 30)) / 250,
      falsePositiveRateGaussian: (index % 70) / 2500,
    },
    retrain: { retrainAccuracy: 0.9 + (index % 600) / 1e4, retrainAsr: (index % 400) / 9000 },
  };
  const measure = async () => {
    for (const [stage, result] of Object.entries(results)) {
      const row = { ...counts, ...result, runId: String(index), stage, config: "config.json" };
      await appendResult(cellPaths(cell, out).results, row);
    }
  };
  await runCell(out, cell, measure, () => ({ state: "failed" }));
}
