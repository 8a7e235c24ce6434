import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sha256OfFile } from "../../src/files/sha256.js";
import { type Cell, cellPaths } from "../../src/sweep/cell.js";
import { cellListOf, readCells } from "../../src/sweep/cell-list.js";
import { readState } from "../../src/sweep/cell-state.js";
import type { Grid } from "../../src/sweep/grid.js";
import { sweepStatus } from "../../src/sweep/sweep-status.js";
import { succeed } from "../e2e/cli.js";
import { missingPrograms, type SlurmCluster, startSlurm, until } from "./slurm-cluster.js";
import { tinyGrid, writeGrid } from "./tiny-grid.js";

const missing = missingPrograms();
if (missing.length > 0) {
  process.stdout.write(
    `Slurm is not tried: there is no ${missing.join(", ")} (packages slurmctld, slurmd, slurm-client, munge).\n`,
  );
}

// A machine that has other things to do takes its time.
describe.skipIf(missing.length > 0)("sweeps on Slurm", { timeout: 900_000 }, () => {
  let cluster: SlurmCluster;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "poisonspot-slurm-"));
    cluster = await startSlurm(4);
    for (const [name, value] of Object.entries(cluster.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    await cluster?.stop();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  const slurm = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" });
  const queue = () => slurm("squeue", "--array");
  /** @returns the number of the job */
  async function submit(sweep: string, ...options: string[]): Promise<string> {
    const said = await succeed(folder, ["sweep", "submit", sweep, "--on", "slurm", ...options]);
    const [, job] = /^submitted: job (\d+)$/m.exec(said) ?? [];
    if (job === undefined) throw new Error(said);
    return job;
  }
  const isOver = (job: string) => () => slurm("squeue", "--noheader", `--jobs=${job}`) === "";
  async function plan(sweep: string, grid: Partial<Grid>): Promise<Cell[]> {
    await writeGrid(folder, tinyGrid({ stages: ["poisoned_training"], ...grid }));
    await succeed(folder, ["sweep", "plan", "grid.json", "--out", sweep]);
    return readCells(cellListOf(join(folder, sweep)));
  }
  const logOf = (sweep: string, cell: Cell) =>
    readFile(cellPaths(cell, join(folder, sweep)).log, "utf8").catch(() => "");
  const stateOf = (sweep: string, cell: Cell) => readState(cellPaths(cell, join(folder, sweep)).state);
  const conditionsOf = async (sweep: string, cells: readonly Cell[]) =>
    (await sweepStatus(join(folder, sweep), cells)).map(({ condition }) => condition);

  test("a throttled array of twelve cells, submitted twice: each is run once, and what they share is made once", async () => {
    const shares = [100, 95, 90, 88, 86, 84, 82, 80, 78, 76, 74];
    const variant = Object.fromEntries(shares.map((share) => [`${share} %`, { pr_sus: share }]));
    await writeFile(join(folder, "none.pth"), "no model");
    const cells = await plan("many", {
      grid: { variant: { ...variant, wrong: { clean_model_path: "none.pth" } } },
    });
    expect(cells).toHaveLength(12);
    const first = await submit("many", "--throttle", "2", "--", "--time=10");
    expect(readFileSync(join(folder, "many/slurm/array.sbatch"), "utf8")).toMatch(
      /#SBATCH --array=0-11%2\n(.*\n)*#SBATCH --time=10\n/,
    );
    const second = await submit("many", "--throttle", "2");
    await until(
      () => isOver(first)() && isOver(second)(),
      () => `both arrays to end:\n${queue()}`,
    );

    expect(await conditionsOf("many", cells)).toEqual([...shares.map(() => "done"), "failed"]);
    const states = await Promise.all(cells.map((cell) => stateOf("many", cell)));
    expect(states.slice(0, -1).map((state) => state?.attempts)).toEqual(shares.map(() => 1));
    const logs = (await Promise.all(cells.map((cell) => logOf("many", cell)))).join("");
    expect([...logs.matchAll(/clean base model: saved/g)]).toHaveLength(1);
    expect([...logs.matchAll(/poisoned training: saved/g)]).toHaveLength(1);
    expect([...logs.matchAll(/poisoned training: .* is there already/g)]).toHaveLength(shares.length - 1);

    const said = await succeed(folder, ["sweep", "status", "many"]);
    expect(said).toMatch(
      /^12 cells: 11 done, 1 failed\n\nfailed:\n {2}11 .* wrong: \.\.\/none\.pth [^,]*(, attempt 2)?, job \d+_11\n$/,
    );
    expect(await succeed(folder, ["sweep", "collect", "many"])).toContain("- wrong: failed: ../none.pth");
  });

  test("requeued, out of time, killed and cancelled in the middle, cells end with the bytes of one that was left alone", async () => {
    const [clean] = readdirSync(join(folder, "many/shared/clean_models"));
    const flags = { epochs: 40, clean_model_path: `many/shared/clean_models/${clean}` };
    // Of the poisoned model nothing depends on k_2, and yet each cell trains its own.
    const cells = await plan("disturbed", { flags, grid: { k_2: [0.1, 0.2, 0.3, 0.4, 0.5] } });
    const [requeued, late, killed, cancelled] = cells;
    const job = await submit("disturbed", "--", "--overcommit");
    const halfWay = (cell: Cell) =>
      until(
        async () => (await logOf("disturbed", cell)).includes("epoch 2/40"),
        () => `${cell.label} to be under way:\n${queue()}`,
      );
    /** Slurm lets an element wait two minutes before it runs again, and refuses it in the second in which it was ended. */
    const again = async (index: number) => {
      const element = `${job}_${index}`;
      const what = () => `element ${index} to run again:\n${queue()}`;
      const stateInQueue = () => slurm("squeue", "--noheader", "--format=%T", `--jobs=${element}`).trim();
      await until(() => stateInQueue() === "PENDING", what);
      await setTimeout(2000);
      slurm("scontrol", "update", `jobid=${element}`, "StartTime=now");
      await until(async () => (await stateOf("disturbed", cells[index]))?.attempts === 2, what);
    };

    await halfWay(requeued);
    slurm("scontrol", "requeue", `${job}_0`);
    await halfWay(late);
    slurm("scancel", "--batch", "--signal=USR2", `${job}_1`);
    await halfWay(killed);
    process.kill((await stateOf("disturbed", killed))?.pid ?? 0, "SIGKILL");
    await halfWay(cancelled);
    slurm("scancel", `${job}_3`);
    await until(
      async () => {
        const conditions = await conditionsOf("disturbed", cells.slice(0, 4));
        return JSON.stringify(conditions) === JSON.stringify(["stopped", "stopped", "dead", "stopped"]);
      },
      () => `all four to end:\n${queue()}`,
    );
    await Promise.all([again(0), again(1)]);
    const rest = await submit("disturbed");
    await until(
      () => isOver(job)() && isOver(rest)(),
      () => `all cells to end:\n${queue()}`,
    );

    expect(await conditionsOf("disturbed", cells)).toEqual(cells.map(() => "done"));
    const attempts = cells.map(async (cell) => (await stateOf("disturbed", cell))?.attempts);
    expect(await Promise.all(attempts)).toEqual([2, 2, 2, 2, 1]);
    for (const cell of cells.slice(0, 4))
      expect(await logOf("disturbed", cell)).toContain("poisoned training: going on from epoch ");
    const model = "model_lc_synthetic_8_0.5_40_16.safetensors";
    const hashes = cells.map(({ flags }) =>
      sha256OfFile(join(folder, "disturbed", String(flags.saved_models_path), model)),
    );
    expect(new Set(await Promise.all(hashes)).size).toBe(1);
  });
});
