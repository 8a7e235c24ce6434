import { Argument, Command, Option } from "commander";

/** `poisonspot sweep`: many runs over one folder, cell by cell, on one machine or many. Loads no engine before a cell runs. */
export function sweepCommand(): Command {
  const command = new Command("sweep").description(
    "run a grid of experiments cell by cell, on one machine or many, and collect the results",
  );
  for (const sub of [planCommand(), cellCommand(), statusCommand(), collectCommand()])
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

function cellCommand(): Command {
  return new Command("cell")
    .description("run one cell; exit code 75: stopped and saved, run it again")
    .requiredOption("--list <file>", "the list of cells")
    .requiredOption("--index <n>", "the cell's line in it, from 0")
    .action(async ({ list, index }: { list: string; index: string }) => {
      const { runCellOf } = await import("./sweep-cell.js");
      await runCellOf(list, index);
    });
}

function statusCommand(): Command {
  return new Command("status")
    .description("show which cells are done, running, failed, stopped or waiting")
    .addArgument(sweepFolder())
    .action(async (sweep: string) => {
      const [{ cellListOf, readCells }, { sweepStatus }, { describeSweep }] = await Promise.all([
        import("../sweep/cell-list.js"),
        import("../sweep/sweep-status.js"),
        import("../sweep/status-text.js"),
      ]);
      const cells = await readCells(cellListOf(sweep));
      for (const line of describeSweep(await sweepStatus(sweep, cells))) console.log(line);
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
