import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareDetectors } from "../../src/compare/compare.js";
import { writeComparison } from "../../src/compare/outputs.js";
import type { DetectorName } from "../../src/compare/registry.js";
import { comparisonTable } from "../../src/compare/table.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";
import { parseCsv } from "../../src/store/csv.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { constructedSubject } from "./constructed.js";

const calibration = { splits: 2, fdr: 0.1, level: 0.05 };
const run = { reporter: silentReporter, signal: new AbortController().signal };
const names: readonly DetectorName[] = ["increments", "activation_clustering", "spectral", "knn"];
const compare = (folder: string, subject = constructedSubject()) =>
  compareDetectors(subject, { ...calibration, detectors: names, folder, rng: createRng("test") }, run);

test("detectors are held against the truth and against ours, and written down", async () => {
  const folder = await temporaryFolder();
  const comparison = await compare(folder);
  expect(comparison.left).toEqual([
    { name: "increments", why: "no increments were captured of these images" },
  ]);
  const [ours, spectral, knn] = comparison.compared;
  // The poisons are a cluster of their own: 25 of 130.
  expect(ours).toMatchObject({ name: "activation_clustering", finding: "evidence", agreement: undefined });
  expect(ours.truth?.ownCut).toEqual({ poisons: { count: 25, of: 25 }, clean: { count: 0, of: 45 } });
  expect(ours.truth?.flagged.poisons.count).toBeGreaterThan(22);
  expect(ours.truth?.areaUnderRoc).toBe(1);
  expect(ours.truth?.areaInterval).toMatchObject({ upper: 1, lower: expect.closeTo(0.91, 1) });
  expect(spectral.truth?.areaUnderRoc).toBeGreaterThan(0.97);
  expect(spectral.agreement?.jaccard).toBeGreaterThan(0.7);
  expect(knn.agreement?.spearman).toBeLessThan(0.9);

  await writeComparison(folder, comparison, calibration);
  const [header, ...lines] = parseCsv(await readFile(join(folder, "compare.csv"), "utf8"));
  expect(lines.map(([name]) => name)).toEqual(["activation_clustering", "spectral", "knn"]);
  expect(lines[0][header.indexOf("own_cut_poisons")]).toBe("25");
  const scores = parseCsv(await readFile(join(folder, "scores.csv"), "utf8"));
  expect(scores).toHaveLength(71);
  expect(scores[0].slice(0, 4)).toEqual(["image", "class", "poison", "activation_clustering"]);
  expect(scores[1].slice(0, 3)).toEqual(["image 0", "zero", "1"]);
  const json = JSON.parse(await readFile(join(folder, "compare.json"), "utf8"));
  expect(json).toMatchObject({ schemaVersion: 1, of: "experiment", comparedWith: "activation clustering" });
  expect(json.detectors[0].truth.ownCut.poisons).toEqual({ count: 25, of: 25 });
  expect((await readFile(join(folder, "auc.png"))).subarray(1, 4).toString()).toBe("PNG");
  const table = comparisonTable(comparison);
  expect(table[0]).toMatch(/^\| detector .*\| AUC \[95 %\] /);
  expect(table[2]).toMatch(
    /^\| activation clustering +\| 1\.000 \[0\.9\d, 1\.00\] +\| 25\/25 \[86\.3, 100\.0\] /,
  );
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(105);
  expect(table.join("\n")).toContain("* is told that 8.6 % of all images are poison.");
});

test("a detector that is done is not asked again, unless what it saw is another or its file is damaged", async () => {
  const folder = await temporaryFolder();
  const seconds = async (digest = "constructed") => {
    const { compared } = await compare(folder, { ...constructedSubject(), digest });
    return compared.map((one) => one.seconds);
  };
  const first = await seconds();
  expect(await seconds()).toEqual(first);
  const path = join(folder, "detectors", "activation_clustering.json");
  await writeFile(path, (await readFile(path, "utf8")).replace(/"scores": [^[]*\[\s*/, "$&1"));
  const second = await seconds();
  expect(second[0]).not.toBe(first[0]);
  expect(second.slice(1)).toEqual(first.slice(1));
  expect((await seconds("another"))[1]).not.toBe(first[1]);
});

test("without the truth, flags are counted and nothing is said of poisons", async () => {
  const { isPoison: _, ...subject } = constructedSubject();
  const comparison = await compare(await temporaryFolder(), subject);
  expect(comparison.compared.every(({ truth }) => truth === undefined)).toBe(true);
  const text = comparisonTable(comparison).join("\n");
  expect(text).toMatch(/^\| detector .*\| flagged .*\| Jaccard .*\n/);
  expect(text).toMatch(/\n\| detector .*\| own cut +\|\n/);
  expect(text.split("In brackets")[0]).not.toMatch(/AUC|poison/);
});

test("with too few trusted images nothing is compared", async () => {
  const subject = constructedSubject();
  const classes = subject.classes.map((one) => ({ ...one, trusted: one.trusted.subarray(0, 19) }));
  await expect(compare(await temporaryFolder(), { ...subject, classes })).rejects.toThrow(
    "No class has 20 trusted images to compare with; the most that one has is 19.",
  );
});
