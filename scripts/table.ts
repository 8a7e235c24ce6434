// Runs a table of the paper cell by cell: tsx scripts/table.ts NAME [--scale small] [flags of poisonspot]
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { UserError } from "../src/errors.js";
import { readResults } from "../src/experiment/results.js";
import { writeFileAtomic } from "../src/files/atomic-file.js";
import { asArguments, type Cell, cellsOf, type Table, tableSchema } from "./tables/cells.js";
import { csv, markdown, newest, type Outcome } from "./tables/report.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "scripts", "tables");
const names = (await readdir(folder))
  .filter((file) => file.endsWith(".json"))
  .map((file) => basename(file, ".json"));
const stages = ["poisoned_training", "batch_level", "sample_level", "score_samples", "retrain"];

const program = new Command("table")
  .description(
    "Runs a table of the paper, skipping cells that are done, and prints it beside the reported numbers.",
  )
  .argument("<name>", `one of ${names.join(", ")}`)
  .argument("[flags...]", "flags of poisonspot for every cell, after --")
  .addOption(
    new Option("--scale <scale>", "small: few images, epochs and steps, to prove the path, not the numbers")
      .choices(["full", "small"])
      .default("full"),
  )
  .option("--only <label>", 'only the cells whose label contains this, e.g. "pr_tgt 0.5"');
program.parse();
const { scale, only } = program.opts<{ scale: "full" | "small"; only?: string }>();
const [name, ...extra] = program.args;
if (!names.includes(name))
  program.error(`error: no table "${name}"; one of ${names.join(", ")}`, { exitCode: 2 });

const table: Table = tableSchema.parse(JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")));
const cells = cellsOf(table, scale).filter(({ label }) => only === undefined || label.includes(only));
if (cells.length === 0) program.error(`error: --only "${only}" matches no cell of ${name}`, { exitCode: 2 });
const place = join("tables", scale === "small" ? `${name}-small` : name);

const outcomes: Outcome[] = [];
for (const [index, cell] of cells.entries()) {
  console.log(`\n== ${name}, cell ${index + 1} of ${cells.length}: ${cell.label}`);
  outcomes.push(await runCell(cell));
}
const note =
  scale === "small"
    ? "SMALL SCALE: few images, epochs and attack steps on the built-in dataset. It proves that every step runs; its numbers mean nothing."
    : "Full scale.";
const page = markdown(table.title, note, outcomes);
await writeFileAtomic(join("results", place, "table.md"), page);
await writeFileAtomic(join("results", place, "table.csv"), csv(outcomes));
console.log(`\n${page}\nwritten: ${join("results", place, "table.md")} and table.csv`);
process.exitCode = outcomes.some(({ missing, cell }) => missing !== undefined && !cell.impossible) ? 1 : 0;

/** Runs a cell that is not done; a failure is recorded and the table goes on. */
async function runCell(cell: Cell): Promise<Outcome> {
  if (cell.impossible) return { cell, missing: cell.impossible };
  const results = join("results", place, cell.folder);
  const own: Record<string, string> =
    scale === "small" ? { clean_model_path: join("saved_models", place, "clean.safetensors") } : {};
  const args = [
    ...asArguments({
      ...cell.flags,
      ...own,
      exp: cell.folder,
      figure_path: join("results", place),
      saved_models_path: join("saved_models", place),
      prov_path: join("Training_Prov_Data", place),
    }),
    ...extra,
    ...stages.map((stage) => `--${stage}`),
  ];
  const record = join(results, "done.json");
  const line = JSON.stringify(args);
  if ((await readFile(record, "utf8").catch(() => "")) === line) {
    console.log("done already");
    return { cell, measured: newest(await readResults(results)) };
  }
  console.log(`poisonspot ${args.join(" ")}`);
  const { status, signal } = spawnSync(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], {
    stdio: "inherit",
  });
  if (signal !== null || status === 130 || status === 143) process.exit(status ?? 130);
  if (status !== 0) return { cell, missing: `failed with exit code ${status}` };
  await writeFileAtomic(record, line);
  try {
    return { cell, measured: newest(await readResults(results)) };
  } catch (error) {
    if (error instanceof UserError) return { cell, missing: error.message };
    throw error;
  }
}
