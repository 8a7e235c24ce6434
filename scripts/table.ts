// Runs a table of the paper cell by cell: tsx scripts/table.ts NAME [--scale small] [flags of poisonspot]
import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { cellListOf, readCells } from "../src/sweep/cell-list.js";
import { sweepStatus } from "../src/sweep/sweep-status.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "scripts", "tables");
const names = (await readdir(folder)).map((file) => basename(file, ".json"));

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

const sweep = join("results", "tables", scale === "small" ? `${name}-small` : name);
const list = cellListOf(sweep);
const chosen = only === undefined ? [] : ["--only", only];
poisonspot("plan", join(folder, `${name}.json`), "--out", sweep, "--scale", scale, ...chosen, "--", ...extra);
const cells = await readCells(list);
for (const [index, { label, impossible }] of cells.entries()) {
  console.log(`\n== ${name}, cell ${index + 1} of ${cells.length}: ${label}`);
  // A failure is recorded and the table goes on.
  if (impossible === undefined) poisonspot("cell", "--list", list, "--index", String(index));
}
console.log();
poisonspot("collect", sweep);
const isLacking = (await sweepStatus(sweep, cells)).some(
  ({ condition }) => condition !== "done" && condition !== "impossible",
);
process.exitCode = isLacking ? 1 : 0;

/** A command of `poisonspot sweep`, which ends this process when it cannot be understood or is stopped. */
function poisonspot(command: "plan" | "cell" | "collect", ...args: string[]): void {
  const main = join(root, "dist", "cli", "main.js");
  const { status, signal } = spawnSync(process.execPath, [main, "sweep", command, ...args], {
    stdio: "inherit",
  });
  if (signal !== null || status === 75) process.exit(status ?? 130);
  if (status !== 0 && command !== "cell") process.exit(status ?? 1);
}
