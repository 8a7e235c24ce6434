import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import sharp from "sharp";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256Of } from "../../src/files/sha256.js";
import { createRng } from "../../src/random/rng.js";
import { outputFiles } from "../../src/scan/outputs/write-outputs.js";
import { parseCsv } from "../../src/store/csv.js";
import { cli, newFolder } from "../e2e/cli.js";
import { reportSchemaFile, sarifSchema, schemaProblems } from "./outputs/schema-problems.js";

let folder: string;
beforeAll(async () => {
  folder = await newFolder();
  await writeClasses("trusted", 40, 0);
  await writeClasses("data", 40, 25);
  await writeClasses("clean", 40, 0);
  await writeShard("clean", "shards");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two classes of noise of their own brightness; in the second some images have a white stripe. */
async function writeClasses(name: string, perClass: number, striped: number): Promise<void> {
  for (const [label, className] of ["dark", "bright"].entries()) {
    const target = join(folder, name, className);
    await mkdir(target, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const rng = createRng(`${name}/${className}/${i}`);
      const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, k) =>
        label === 1 && i < striped && k < 4 * 16 * 3 ? 255 : 60 + 60 * label + rng.int(50),
      );
      const raw = { width: 16, height: 16, channels: 3 as const };
      await sharp(pixels, { raw })
        .png()
        .toFile(join(target, `${i < striped ? "odd" : "image"}-${i}.png`));
    }
  }
}

/** A folder of class folders as a WebDataset shard in a folder of its own. */
async function writeShard(from: string, to: string): Promise<void> {
  const tar = pack();
  for (const className of await readdir(join(folder, from)))
    for (const file of await readdir(join(folder, from, className))) {
      const name = `${className}-${file}`;
      tar.entry({ name }, await readFile(join(folder, from, className, file)));
      tar.entry({ name: name.replace(/png$/, "cls") }, className);
    }
  tar.finalize();
  await mkdir(join(folder, to));
  await writeFile(join(folder, to, "train-0.tar"), await buffer(tar));
}

const flags = ["--size", "16", "--epochs", "1", "--bs", "32"];
const scan = (data: string, out: string, ...more: string[]) =>
  cli(folder, ["scan", data, "--trusted", "trusted", "--out", out, ...flags, ...more]);

const reportOf = async (out: string) => JSON.parse(await readFile(join(folder, out, "report.json"), "utf8"));

describe("poisonspot scan, as a process of its own", () => {
  test("another's files in --out are refused before any work, and left as they are", async () => {
    await mkdir(join(folder, "mine"));
    for (const name of outputFiles) await writeFile(join(folder, "mine", name), "mine");
    const { exitCode, stderr } = await scan("data", "mine");
    expect(exitCode).toBe(2);
    for (const name of outputFiles) {
      expect(stderr).toContain(`mine/${name}`);
      expect(await readFile(join(folder, "mine", name), "utf8")).toBe("mine");
    }
  });

  test("poison that stands out: exit code 3, the class and the images named; a second run says the same", async () => {
    const { exitCode, stdout } = await scan("data", "out", "--reference_poison", "3");
    expect(stdout).toMatch(
      /class bright: 40 images, 40 trusted: EVIDENCE of poison \(corrected p .*at least \d+ images/,
    );
    expect(stdout).toMatch(/class dark: 40 images, 40 trusted: no evidence/);
    expect(stdout).toContain("verdict: evidence");
    expect(stdout).toContain("`poisonspot quarantine data --scan out` moves it out of the data");
    expect(stdout).toMatch(
      /class bright, if some of its trusted images are poison: evidence whichever they are/,
    );
    expect(exitCode).toBe(3);
    const report = await reportOf("out");
    expect(await schemaProblems(reportSchemaFile, report)).toEqual([]);
    const { finding, classes } = report;
    expect(finding).toBe("evidence");
    expect(classes[0]).toMatchObject({ name: "bright", suspects: 40, trusted: 40 });
    expect(classes[0].adjustedP).toBeLessThan(0.05);
    const { least, most } = classes[0].ifReferencePoisoned;
    expect(least.adjustedP).toBeGreaterThanOrEqual(classes[0].adjustedP);
    expect(most.adjustedP).toBeLessThanOrEqual(classes[0].adjustedP);
    expect(least.flagged).toBeLessThanOrEqual(most.flagged);
    const [header, ...rows] = parseCsv(await readFile(join(folder, "out/results.csv"), "utf8"));
    expect(header.join()).toBe(
      "file,sha256,label,source,pattern,noise,activations,forest,by,rank,p,e,flagged_in,flagged",
    );
    expect(rows).toHaveLength(80);
    // The highest scores are those of the striped ones.
    expect(rows.slice(0, 20).every(([file]) => file.startsWith("bright/odd-"))).toBe(true);
    const page = await readFile(join(folder, "out/report.html"), "utf8");
    expect(page).toContain("Evidence of poison in 1 of 2 classes");
    expect(page).toContain("the evidence in class “bright” stays, with at least");
    expect(page).toContain("If trusted images are poison");
    expect(page.match(/data-file="bright\/odd-/g)?.length).toBeGreaterThan(10);
    const outputs = () => Promise.all(outputFiles.map((name) => readFile(join(folder, "out", name), "utf8")));
    const before = await outputs();
    const again = await scan("data", "out", "--reference_poison", "3");
    expect(again.stdout).toContain("network.safetensors is there already");
    expect(await outputs()).toEqual(before);
  });

  test("other detectors on a finished scan: agreement with what it found, and no word on the truth", async () => {
    const names = "activation_clustering,spectral,strip,knn";
    const { exitCode, stdout } = await cli(folder, ["compare", "--scan", "out", "--detectors", names]);
    expect(stdout).toMatch(/^\| detector .*\| class p .*\| flagged +\| Jaccard /m);
    expect(stdout).toContain("Spearman (rank correlation) are with the scan.");
    expect(exitCode).toBe(0);
    const { classes, detectors } = JSON.parse(
      await readFile(join(folder, "out/compare/compare.json"), "utf8"),
    );
    expect(classes).toEqual([
      { name: "bright", suspects: 40, trusted: 40 },
      { name: "dark", suspects: 40, trusted: 40 },
    ]);
    expect(detectors.map(({ name }: { name: string }) => name)).toEqual(names.split(","));
    // A white stripe moves activations more than anything else.
    expect(detectors[1].agreement.spearman).toBeGreaterThan(0);
    // Images are looked at once, for the comparison and for the report.
    expect(stdout.match(/network.safetensors is there already/g)).toHaveLength(1);
    // The report has been written anew.
    const page = await readFile(join(folder, "out/report.html"), "utf8");
    // Spaces that no line breaks at are spaces, and no strangers' signs.
    expect(page).toContain("confidence of 95\u00a0%");
    const section = page.slice(page.indexOf('<section id="agreement"'), page.indexOf('<section id="record"'));
    for (const { title, assumesShare } of detectors)
      expect(section).toContain(`<th scope="row">${title}${assumesShare ? " *" : ""}</th>`);
    expect(/<dt>others<\/dt><dd>(\d of 4)/.exec(page)?.[1]).toBeDefined();
    const wrong = await cli(folder, ["compare", "--scan", "out", "--attack", "lc", "--detectors", "x"]);
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--detectors: got "x"') });
    const both = await cli(folder, ["compare", "--scan", "out", "--attack", "lc"]);
    expect(both).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--scan and --attack do not go"),
    });
  });

  test("clean data, in a shard: exit code 0, nothing flagged, what would have been noticed, and sums of the shard", async () => {
    const plan = await scan("shards", "out-clean", "--plan");
    expect(plan).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("ResNet8 on 16x16 pixels, 1 epoch"),
    });
    expect(plan.stdout).toMatch(/^time: roughly \d.*\nmemory: roughly \d+ MB at most\n/m);
    expect(await readdir(folder)).not.toContain("out-clean");
    const { exitCode, stdout } = await scan("shards", "out-clean");
    expect(stdout).toMatch(
      /class bright.*no evidence \(corrected p .*\); \d+ or more that stand out would have been noticed/,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /data: WebDataset shards, 80 images and 80 trusted ones in 2 classes\n.*network: ResNet8 on 16x16 pixels, 1 epoch\n.*engine: .*\n.*time: roughly \d/,
    );
    // The plan knew.
    const planned = /class bright: 40 images, 40 trusted; (\d+) or more/.exec(plan.stdout)?.[1];
    expect(stdout).toMatch(
      new RegExp(`class bright.*; ${planned} or more that stand out would have been noticed`),
    );
    expect(await readFile(join(folder, "out-clean/flagged.txt"), "utf8")).toBe("");
    const sums = await readFile(join(folder, "out-clean/SHA256SUMS"));
    const shard = sha256Of(await readFile(join(folder, "shards/train-0.tar")));
    expect(sums.toString()).toBe(`${shard}  train-0.tar\n`);
    const { subject, predicate } = JSON.parse(
      await readFile(join(folder, "out-clean/attestation.json"), "utf8"),
    );
    expect(subject).toEqual([{ name: "SHA256SUMS", digest: { sha256: sha256Of(sums) } }]);
    expect(predicate.result).toBe("PASSED");
    expect(predicate.configuration[0].digest.sha256).toBe(
      sha256Of(await readFile(join(folder, "out-clean/report.json"))),
    );
    // Results of other images are not taken for these.
    const other = await scan("data", "out-clean");
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("network.safetensors was made from other content: images");
    expect(other.stderr).toContain("or another folder with --out");
  });

  test("without trusted images: ranks, and nothing of chance; some are drawn to be looked at, and may then be trusted", async () => {
    const { exitCode, stdout } = await cli(folder, [
      ...["scan", "data", "--out", "blind", "--pick_reference", "40", ...flags],
    ]);
    expect(stdout).toContain("verdict: uncalibrated");
    expect(stdout).not.toMatch(/evidence|\bp \d/);
    expect(exitCode).toBe(4);
    const read = (name: string) => readFile(join(folder, "blind", name), "utf8");
    const report = await reportOf("blind");
    expect(await schemaProblems(reportSchemaFile, report)).toEqual([]);
    expect(report).toMatchObject({ finding: "uncalibrated", trusted: null });
    for (const one of report.classes)
      expect(one).toMatchObject({
        ...{ p: null, adjustedP: null, flagged: 0, leading: null, scores: [] },
        rankings: [{ name: "pattern" }, { name: "noise" }, { name: "activations" }],
      });
    const [header, ...rows] = parseCsv(await read("results.csv"));
    expect(header.join()).toBe(
      "file,sha256,label,source,pattern,noise,activations,by,rank,p,e,flagged_in,flagged",
    );
    expect(rows.map((row) => row[8])).toEqual(
      Array.from({ length: 80 }, (_, i) => `${Math.floor(i / 2) + 1}`),
    );
    expect(rows.every((row) => row[9] === "" && row[10] === "" && row[12] === "0")).toBe(true);
    expect(await read("flagged.txt")).toBe("");
    expect(await schemaProblems(sarifSchema, JSON.parse(await read("results.sarif")))).toEqual([]);
    expect(JSON.parse(await read("attestation.json")).predicate).toMatchObject({
      result: "WARNED",
      warnedTests: report.classes.map(({ name }: { name: string }) => `class ${name}`),
    });
    const page = await read("report.html");
    expect(page).toContain("Uncalibrated: no image is trusted");
    expect(page).not.toContain("e-value");
    expect(page).toContain("pattern, skewness above others");
    const reference = (await read("reference.txt")).trim().split("\n");
    expect(new Set(reference).size).toBe(40);
    expect(reference.filter((name) => name.startsWith("bright/"))).toHaveLength(20);
    // At random: striped ones are 25 of 40 images of their class.
    expect(reference.filter((name) => name.startsWith("bright/odd-")).length).toBeGreaterThan(5);
    const next = await cli(folder, ["scan", "data", "--trusted", "blind/reference.txt", "--plan", ...flags]);
    expect(next.stdout).toContain("40 images and 40 trusted ones in 2 classes");
    const compared = await cli(folder, ["compare", "--scan", "blind"]);
    expect(compared).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("No class has 20 trusted images to compare with"),
      // Before the engine is started.
      stdout: expect.not.stringContaining("engine:"),
    });
  });

  test("what cannot be scanned is said, with exit code 2", async () => {
    const missing = await cli(folder, ["scan", "data", "--trusted", "nowhere"]);
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("There is no nowhere") });
    const lacking = await cli(folder, ["scan", "data/dark", "--trusted", "trusted", "--out", "o"]);
    expect(lacking).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("holds one class") });
    // Before the engine is started, which takes seconds.
    expect(missing.stdout + lacking.stdout).not.toContain("engine:");
    const typed = await scan("data", "o", "--level", "2");
    expect(typed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--level: got "2"') });
  });
});
