import { resolve } from "node:path";
import { Command } from "commander";
import type { RawFlags } from "../experiment/flags/flags.js";
import { planRun } from "../experiment/plan.js";
import { provenanceBytes, provenanceRows } from "../experiment/work-estimate.js";
import { formatBytes, formatCount, formatFlops } from "../format.js";
import { type Cell, configOfCell } from "../sweep/cell.js";
import { cellListOf, writeCells } from "../sweep/cell-list.js";
import { checkFlags, type FlagSet, readGrid } from "../sweep/grid.js";
import { planCells } from "../sweep/plan-cells.js";
import { writeSweepRecord } from "../sweep/sweep-record.js";
import { sweepStatus } from "../sweep/sweep-status.js";
import { checkWords, flagOptions } from "./flag-options.js";
import { describeTime } from "./plan-text.js";
import type { PlanOptions } from "./sweep-command.js";

/** Plans a sweep, and makes its folder the working one. @param words flags for every cell @returns lines for people */
export async function planSweep(
  gridPath: string,
  words: readonly string[],
  { out, scale, only }: PlanOptions,
): Promise<string[]> {
  const grid = await readGrid(gridPath);
  const folders = { working: process.cwd(), sweep: resolve(out) };
  const cells = planCells(grid, { scale, only, extra: flagsOf(words) }, folders);
  await writeCells(cellListOf(out), cells);
  await writeSweepRecord(out, { title: grid.title ?? gridPath, scale });
  const statuses = await sweepStatus(out, cells);
  const open = statuses.filter(({ condition }) => condition !== "done" && condition !== "impossible");
  const counted = (condition: "done" | "impossible", text: string) => {
    const count = statuses.filter((status) => status.condition === condition).length;
    return count === 0 ? [] : [`${formatCount(count)} ${text}`];
  };
  const remarks = [...counted("done", "done already"), ...counted("impossible", "that cannot be run")];
  // The cells' paths are seen from there.
  process.chdir(out);
  return [
    `${cellListOf(out)}: ${formatCount(cells.length)} cells${remarks.length > 0 ? ` (${remarks.join(", ")})` : ""}`,
    ...(await describeWork(open.map(({ cell }) => cell))),
    `next: poisonspot sweep submit ${out} --on slurm --dry-run`,
  ];
}

/** Words as typed, read as flags of a run. */
function flagsOf(words: readonly string[]): FlagSet {
  const parser = new Command()
    .exitOverride()
    .allowExcessArguments()
    .configureOutput({ outputError: () => {} });
  for (const option of flagOptions()) parser.addOption(option);
  const raw: RawFlags = parser.parse(words, { from: "user" }).opts();
  checkWords(raw, parser);
  return checkFlags(raw);
}

/** The sum of what the cells' own plans say; what they share counts once. */
async function describeWork(cells: readonly Cell[]): Promise<string[]> {
  if (cells.length === 0) return ["all are done"];
  const shared = new Set<string>();
  const once = (path: string, flops: number) => {
    if (shared.has(path)) return 0;
    shared.add(path);
    return flops;
  };
  let [flops, bytes] = [0, 0];
  for (const cell of cells) {
    const config = configOfCell(cell);
    const plan = await planRun(config);
    flops += once(plan.cleanModel.path, plan.cleanModel.flops) + plan.attackFlops;
    for (const stage of plan.stages)
      flops += stage.stage === "poisoned_training" ? once(stage.writes[0], stage.flops) : stage.flops;
    bytes += provenanceBytes(provenanceRows(config, plan.counts), plan.features.count).disk;
  }
  const config = configOfCell(cells[0]);
  return [
    `work: at most ${formatFlops(flops)}, roughly ${describeTime(config, flops)}; a cell ${describeTime(config, flops / cells.length)}`,
    `disk: at most ${formatBytes(bytes)} of provenance, beside the models`,
  ];
}
