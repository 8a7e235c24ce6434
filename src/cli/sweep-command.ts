import { Argument, Command, Option } from "commander";

/** `poisonspot sweep`: many runs over one folder, cell by cell, on one machine or many. Loads no engine before a cell runs. */
export function sweepCommand(): Command {
  const command = new Command("sweep")
    .description("run a grid of experiments cell by cell, on one machine or many, and collect the results")
    .helpCommand(false);
  for (const sub of [planCommand(), submitCommand(), cellCommand(), statusCommand(), collectCommand()])
    command.addCommand(sub);
  return command;
}

const sweepFolder = () => new Argument("<sweep>", "the sweep's folder");

function planCommand(): Command {
  return new Command("plan")
    .description("write down a grid's cells, and say how many, how long and how big they are")
    .argument("<grid>", "a grid's JSON file")
    .argument("[flags...]", "flags of a run, for every cell, after --")
    .requiredOption("--out <folder>", "the sweep's folder")
    .addOption(
      new Option("--scale <scale>", "small: few images, epochs and steps, where the grid says how many")
        .choices(["full", "small"])
        .default("full"),
    )
    .option("--only <text>", 'only the cells whose name contains this, e.g. "pr_tgt 0.5"')
    .action(async (grid: string, words: string[], options: PlanOptions) => {
      const { planSweep } = await import("./sweep-plan.js");
      for (const line of await planSweep(grid, words, options)) console.log(line);
    });
}

export interface PlanOptions {
  readonly out: string;
  readonly scale: "full" | "small";
  readonly only?: string;
}

function submitCommand(): Command {
  return new Command("submit")
    .description("have a scheduler run the cells that are neither done nor running")
    .addArgument(sweepFolder())
    .argument(
      "[options...]",
      "options of sbatch or of parallel, after --, e.g. -- --partition=gpu --gres=gpu:1",
    )
    .addOption(
      new Option("--on <scheduler>", "slurm submits a job array; for the others a file is written")
        .choices(["slurm", "kubernetes", "parallel"])
        .makeOptionMandatory(),
    )
    .option("--dry-run", "write the files and submit nothing")
    .option(
      "--throttle <n>",
      "cells that run at a time (parallel: 1; otherwise as many as there is room for)",
    )
    .option("--skip-failed", "leave failed cells alone")
    .option("--image <name>", "kubernetes: a container image with poisonspot on its PATH", "EDIT-ME")
    .option("--claim <name>", "kubernetes: the persistent volume claim with the sweep's folder", "EDIT-ME")
    .option("--gpus <n>", "kubernetes: GPUs of a cell", "0")
    .action(async (sweep: string, words: string[], options: SubmitOptions) => {
      const { submitSweep } = await import("./sweep-submit.js");
      for (const line of await submitSweep(sweep, words, options)) console.log(line);
    });
}

export interface SubmitOptions {
  readonly on: "slurm" | "kubernetes" | "parallel";
  readonly dryRun?: true;
  readonly throttle?: string;
  readonly skipFailed?: true;
  readonly image: string;
  readonly claim: string;
  readonly gpus: string;
}

function cellCommand(): Command {
  return new Command("cell")
    .description("run one cell; exit code 75: stopped and saved, run it again")
    .requiredOption("--list <file>", "the list of cells")
    .requiredOption("--index <n>", "the cell's line in it, from 0")
    .option(
      "--requeue <n>",
      "in a Slurm array: stopped by SIGUSR2, have Slurm queue it again, n times at most",
    )
    .action(async ({ list, index, requeue }: { list: string; index: string; requeue?: string }) => {
      const { runCellOf } = await import("./sweep-cell.js");
      await runCellOf(list, index, requeue);
    });
}

function statusCommand(): Command {
  return new Command("status")
    .description("show which cells are done, running, failed, stopped or waiting")
    .addArgument(sweepFolder())
    .action(async (sweep: string) => {
      const [list, { sweepStatus }, { describeSweep }, { describeQueue, readJobs }] = await Promise.all([
        import("../sweep/cell-list.js"),
        import("../sweep/sweep-status.js"),
        import("../sweep/status-text.js"),
        import("../sweep/submit/slurm-jobs.js"),
      ]);
      const cells = await list.readCells(list.cellListOf(sweep));
      for (const line of describeSweep(await sweepStatus(sweep, cells))) console.log(line);
      const queue = await describeQueue(await readJobs(sweep));
      if (queue !== undefined) console.log(`\n${queue}`);
    });
}

function collectCommand(): Command {
  return new Command("collect")
    .description("make tables and a figure of what is done, and name what is missing")
    .addArgument(sweepFolder())
    .action(async (sweep: string) => {
      const { collectSweep } = await import("../sweep/collect.js");
      for (const line of await collectSweep(sweep)) console.log(line);
    });
}
