import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { areaUnderRoc } from "../../src/statistics/ranks.js";
import { parseCsv } from "../../src/store/csv.js";
import { cli, newFolder, tinyFlags } from "../e2e/cli.js";

/** 18 poisons and as many clean suspects of 90 images of the class; what is left can calibrate. */
const flags = tinyFlags({
  limit_per_class: 90,
  attack: "sig",
  attack_opt: "delta=60",
  pr_tgt: 0.2,
  pr_sus: 50,
  ep_bl_base: 0,
});

test("over a finished run: the same images through every detector, ours among them", async () => {
  const folder = await newFolder();
  const none = await cli(folder, ["compare", ...flags]);
  expect(none).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("Run --poisoned_training with"),
  });
  await cli(folder, [...flags, "--poisoned_training", "--batch_level", "--sample_level", "--score_samples"]);
  const names = "poisonspot,increments,spectral,early_loss,scan_pattern";
  const { stdout, exitCode } = await cli(folder, [
    "compare",
    ...flags,
    "--detectors",
    names,
    "--splits",
    "1",
    "--report_dir",
    "pages",
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/class .*: 36 suspects, \d+ trusted images/);
  expect(stdout).toMatch(/PoisonSpot's AUC was [01]\.\d+\./);
  expect(stdout).toContain("low early loss: left out, no network that was trained for less long was kept.");
  const [header, ...rows] = parseCsv(await readFile(join(folder, "results/e2e/compare/scores.csv"), "utf8"));
  expect(rows).toHaveLength(36);
  const ofAll = (name: string) => rows.map((row) => row[header.indexOf(name)]);
  expect(ofAll("poison").filter((mark) => mark === "1")).toHaveLength(18);
  // A scan's score of pixels sees the waves, which are not in the images as they were before the attack.
  const patterns = (mark: string) =>
    Float64Array.from(
      rows.filter((row) => row[header.indexOf("poison")] === mark),
      (row) => Number(row[header.indexOf("scan_pattern")]),
    );
  expect(areaUnderRoc(patterns("1"), patterns("0"))).toBeGreaterThan(0.95);
  // The run's own cut is that of its list.
  const scored = parseCsv(
    await readFile(join(folder, "Training_Prov_Data/scores_sig_synthetic_8_0.2_50.csv"), "utf8"),
  );
  const excluded = scored.filter((row) => row.at(-1) === "1").length;
  expect(ofAll("poisonspot_own_cut").filter((mark) => mark === "1")).toHaveLength(excluded);
  for (const name of ["poisonspot", "increments", "spectral"])
    expect(new Set(ofAll(name)).size).toBeGreaterThan(18);
  // The run's report has been written anew, and those that agree are all but ours.
  const page = await readFile(join(folder, "results/e2e/report.html"), "utf8");
  expect(page.includes('id="agreement"')).toBe(true);
  expect(/<dt>others<\/dt><dd>(\d of 3)/.exec(page)?.[1]).toBeDefined();
  expect(await readFile(join(folder, "pages/report.html"), "utf8")).toContain('id="agreement"');
  await rm(folder, { recursive: true });
});
