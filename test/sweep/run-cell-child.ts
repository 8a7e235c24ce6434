import { setTimeout } from "node:timers/promises";
import { runCell } from "../../src/sweep/run-cell.js";

/** Runs a cell that does not end by itself: run-cell-child.ts SWEEP CELL */
const [sweep, cell] = process.argv.slice(2);
const wait = async () => {
  process.stdout.write("running");
  await setTimeout(60_000);
};
await runCell(sweep, JSON.parse(cell), wait, () => ({ state: "failed" }));
