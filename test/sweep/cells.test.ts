import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readResults } from "../../src/experiment/results.js";
import { type Cell, cellPaths } from "../../src/sweep/cell.js";
import { cellListOf, readCells } from "../../src/sweep/cell-list.js";
import { sweepStatus } from "../../src/sweep/sweep-status.js";
import { cli, succeed } from "../e2e/cli.js";
import { tinyGrid, writeGrid } from "./tiny-grid.js";

let folder: string;
let sweep: string;
let cells: Cell[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-sweep-"));
  sweep = join(folder, "sweep");
  const variant = { a: { pr_sus: 100 }, b: { pr_sus: 90 }, wrong: { clean_model_path: "none.pth" } };
  await writeGrid(folder, tinyGrid({ stages: ["poisoned_training"], grid: { variant } }));
  await writeFile(join(folder, "none.pth"), "no model");
  const said = await succeed(folder, ["sweep", "plan", "grid.json", "--out", "sweep"]);
  expect(said).toContain("sweep/cells.jsonl: 3 cells\nwork: at most ");
  cells = await readCells(cellListOf(sweep));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const runCell = (index: number, stop?: Parameters<typeof cli>[2]) =>
  cli(folder, ["sweep", "cell", "--list", "sweep/cells.jsonl", "--index", String(index)], stop);
const logOf = (cell: Cell) => readFile(join(sweep, cellPaths(cell).log), "utf8");
const conditions = async () => (await sweepStatus(sweep, cells)).map(({ condition }) => condition);

test("two cells at once craft the images, train the clean model and the poisoned one once", async () => {
  const outcomes = await Promise.all([runCell(0), runCell(1)]);
  expect(outcomes.map(({ exitCode, stderr }) => [exitCode, stderr.includes("error")])).toEqual([
    [0, false],
    [0, false],
  ]);
  const logs = `${await logOf(cells[0])}${await logOf(cells[1])}`;
  const count = (pattern: RegExp) => [...logs.matchAll(pattern)].length;
  expect(count(/clean base model: saved/g)).toBe(1);
  expect([count(/lc: PGD on 5 images: done/g), count(/lc: 5 crafted images read/g)]).toEqual([1, 1]);
  expect(count(/poisoned training: saved/g)).toBe(1);
  expect(count(/poisoned training: .* is there already/g)).toBe(1);
  expect(await conditions()).toEqual(["done", "done", "waiting"]);
});

test("a finished cell says so and exits with 0", async () => {
  const { exitCode, stdout } = await runCell(0);
  expect([exitCode, stdout]).toEqual([0, "cell 0 of cells.jsonl: a\ndone already\n"]);
});

test("a failed cell keeps its exit code, its reason stays to be read", async () => {
  const { exitCode } = await runCell(2);
  expect(exitCode).toBe(2);
  const said = await succeed(folder, ["sweep", "status", "sweep"]);
  expect(said).toMatch(
    /^3 cells: 2 done, 1 failed\n\nfailed:\n {2}2 {2}[0-9a-f]{12} {2}wrong: \.\.\/none\.pth /,
  );
  const table = await succeed(folder, ["sweep", "collect", "sweep"]);
  expect(table).toContain("- wrong: failed: ../none.pth ");
  expect(await readFile(join(sweep, "table.md"), "utf8")).toContain("| a | ");
  const figure = JSON.parse(await readFile(join(sweep, "rates.vl.json"), "utf8"));
  const [drawn] = await readResults(cellPaths(cells[0], sweep).results);
  expect(figure.data.values).toContainEqual(
    expect.objectContaining({ row: "a", panel: "ACC", rate: 100 * (drawn.poisonedTrainingAccuracy ?? 0) }),
  );
});

test("a cell stopped by a signal is saved, and asks by exit code 75 to be run again", async () => {
  await writeGrid(folder, tinyGrid({ stages: ["poisoned_training"], flags: { epochs: 2000 } }));
  await succeed(folder, ["sweep", "plan", "grid.json", "--out", "sweep"]);
  cells = await readCells(cellListOf(sweep));
  for (const signal of ["SIGTERM", "SIGUSR2"] as const) {
    const { exitCode, stderr } = await runCell(0, {
      signal,
      seen: (printed) => /epoch \d+\/2000: loss/.test(printed),
    });
    expect(exitCode).toBe(75);
    expect(stderr).toContain(
      `stopped by ${signal}; everything finished so far is kept: run the cell again to go on`,
    );
    expect(await conditions()).toEqual(["stopped"]);
  }
  expect(await logOf(cells[0])).toContain("clean base model: going on from ");
});

test.each([
  ["--index", "-1", "a whole number from 0 to 0.\nhint: sweep/cells.jsonl has 1 cell."],
  ["--requeue", "often", "a whole number from 0 to 999999999.\nhint: Give another number."],
])("%s %s is refused", async (option, text, accepted) => {
  const args = ["sweep", "cell", "--list", "sweep/cells.jsonl", "--index", "0", option, text];
  const { exitCode, stderr } = await cli(folder, args);
  expect([exitCode, stderr]).toEqual([2, `error: ${option}: got "${text}"; accepted: ${accepted}\n`]);
});
