import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { sha256Of } from "../../../src/files/sha256.js";
import { silentReporter } from "../../../src/reporter.js";
import type { ClassVerdict } from "../../../src/scan/class-verdict.js";
import { parseScanOptions } from "../../../src/scan/options.js";
import { reportOf, reportSchema } from "../../../src/scan/outputs/report.js";
import { sarif } from "../../../src/scan/outputs/sarif.js";
import { outputFiles, writeOutputs } from "../../../src/scan/outputs/write-outputs.js";
import { readScanData, type ScanData, type ScannedClass } from "../../../src/scan/scan-data.js";
import { sourceFindings } from "../../../src/scan/sources.js";
import { type Verdict, verdictOf } from "../../../src/scan/verdict.js";
import { parseCsv } from "../../../src/store/csv.js";
import { refuseForeign } from "../../../src/store/written-by-us.js";
import { newFolder } from "../../e2e/cli.js";
import { reportSchemaFile, sarifSchema, schemaProblems } from "./schema-problems.js";

const hostile = [
  "back\\slash.png",
  "=1+1.png",
  "+ü.png",
  "new\nline.png",
  "carriage\rreturn.png",
  'a,b"c.png',
  "100%41 #?.png",
  "x:y.png",
];
const run = { reporter: silentReporter, signal: new AbortController().signal };

let folder: string;
let data: ScanData;
const examined = (data: ScanData, verdict: Verdict) => ({
  ...{ data, verdict, sources: sourceFindings(data, verdict.classes, 0.05), decisions: undefined },
});

const options = (out: string) =>
  parseScanOptions(join(folder, "data"), { trusted: join(folder, "trusted"), out: join(folder, out) });

async function png(path: string, shade: number): Promise<void> {
  const background = { r: shade, g: 0, b: 0 };
  await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toFile(path);
}

/** Something to be seen, unlike in a plain picture. */
async function rings(path: string, brighter: number): Promise<void> {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => ((i * 37) % 200) + brighter);
  await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toFile(path);
}

/** Of class `=odd` every image is flagged, of `few` there are too few trusted images, of `plain` nothing is odd. */
const found = ({ name, suspects }: ScannedClass): ClassVerdict => {
  const m = suspects.length;
  const p = { "=odd": 0.001, plain: 0.7 }[name];
  const its = {
    atLeast: 3,
    wouldNotice: 5,
    scores: Float64Array.from(suspects, (row) => row / 100),
    pValues: new Float64Array(m).fill(0.25),
    eValues: new Float64Array(m).fill(2),
    flagged: new Uint8Array(m).fill(1),
    flaggedIn: new Float64Array(m).fill(0.5),
    bound: new Int32Array(m + 1),
    reference: { rows: new Int32Array(0), scores: new Float64Array(0) },
  };
  const byScore = p === undefined ? [] : ["one", "other"].map((score) => ({ ...its, score, p }));
  const leading = p === undefined ? undefined : "one";
  return { ...its, name, suspects: m, trusted: 30, rows: suspects, p, leading, byScore };
};

beforeAll(async () => {
  folder = await newFolder();
  for (const name of ["=odd", "plain", "few"]) {
    await mkdir(join(folder, "data", name), { recursive: true });
    await mkdir(join(folder, "trusted", name), { recursive: true });
  }
  let shade = 0;
  for (const name of hostile) await png(join(folder, "data/=odd", name), shade++);
  for (const name of ["plain", "few"]) {
    await png(join(folder, "data", name, "a.png"), shade++);
    await png(join(folder, "trusted", name, "a.png"), 200 + shade);
  }
  await png(join(folder, "trusted/=odd/a.png"), 198);
  await png(join(folder, "trusted/plain/known.png"), 199);
  await png(join(folder, "data/plain/known.png"), 199);
  await png(join(folder, "trusted/few/z.png"), 100);
  await png(join(folder, "data/plain/mislabelled.png"), 100);
  await rings(join(folder, "trusted/few/rings.png"), 0);
  await rings(join(folder, "data/few/rings.png"), 2);
  const folders = { ...options("out"), size: 8, cacheDir: join(folder, "decoded") };
  data = await readScanData(folders, run);
  const verdict = verdictOf(data.classes.map(found), 0.05);
  await writeOutputs(options("out"), examined(data, verdict), run);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (name: string) => readFile(join(folder, "out", name), "utf8");
const readJson = async (name: string) => JSON.parse(await read(name));

test("results.csv: every image once, flagged ones first; no cell is a formula to a spreadsheet", async () => {
  const [header, ...rows] = parseCsv(await read("results.csv"));
  expect(header.join()).toBe("file,sha256,label,source,one,other,by,rank,p,e,flagged_in,flagged");
  expect(rows.map(([file]) => file)).toHaveLength(hostile.length + 5);
  expect(rows.flat().filter((cell) => /^[=+\-@\s]/.test(cell))).toEqual([]);
  const flagged = rows.slice(0, hostile.length);
  expect(flagged.map(([file]) => file).sort()).toEqual(hostile.map((name) => `'=odd/${name}`).sort());
  expect(flagged.every((row) => row[2] === "'=odd" && row[11] === "1")).toBe(true);
  const bytes = await readFile(join(folder, "data/plain/a.png"));
  const score = (data.classes.find((one) => one.name === "plain")?.suspects[0] ?? 0) / 100;
  const expected = [
    "plain",
    "",
    score.toPrecision(6),
    score.toPrecision(6),
    "one",
    "2",
    "0.250000",
    "2.000",
    "0.50",
    "0",
  ];
  const of = (file: string) => rows.find(([name]) => name === file)?.slice(1);
  expect(of("plain/a.png")).toEqual([sha256Of(bytes), ...expected]);
  // Nobody has looked at these: a trusted image, and one of a class without enough trusted ones.
  expect(of("plain/known.png")?.slice(2)).toEqual([...new Array(8).fill(""), "0"]);
  expect(of("few/a.png")?.slice(2)).toEqual([...new Array(8).fill(""), "0"]);
});

const hasSha256sum = spawnSync("sha256sum", ["--version"]).status === 0;

test.skipIf(!hasSha256sum)("SHA256SUMS: sha256sum agrees, whatever the names", () => {
  const checked = execFileSync("sha256sum", ["--strict", "-c", join(folder, "out/SHA256SUMS")], {
    cwd: join(folder, "data"),
    encoding: "utf8",
  });
  expect(checked.match(/: OK$/gm)).toHaveLength(hostile.length + 5);
});

test.skipIf(!hasSha256sum)("SHA256SUMS covers files that hold many images, too", async () => {
  await writeFile(join(folder, "data/shard.tar"), "many images");
  const files = [{ name: "shard.tar", path: join(folder, "data/shard.tar") }];
  const verdict = verdictOf(data.classes.map(found), 0.05);
  await writeOutputs(options("held"), examined({ ...data, files, fileOf: () => undefined }, verdict), run);
  const checked = execFileSync("sha256sum", ["--strict", "-c", join(folder, "held/SHA256SUMS")], {
    cwd: join(folder, "data"),
    encoding: "utf8",
  });
  expect(checked).toBe("shard.tar: OK\n");
});

test("attestation.json: a test a class, of the files in SHA256SUMS", async () => {
  const sums = await read("SHA256SUMS");
  expect(await readJson("attestation.json")).toEqual({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "SHA256SUMS", digest: { sha256: sha256Of(sums) } }],
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: {
      result: "FAILED",
      configuration: [
        {
          name: "report.json",
          digest: { sha256: sha256Of(await read("report.json")) },
          mediaType: "application/json",
          annotations: { writtenBy: expect.stringMatching(/^poisonspot \d/) },
        },
      ],
      passedTests: ["class plain"],
      warnedTests: ["class few"],
      failedTests: ["class =odd"],
    },
  });
});

test("results.sarif is SARIF 2.1.0; paths in it lead to the files", async () => {
  const log = await readJson("results.sarif");
  expect(await schemaProblems(sarifSchema, log)).toEqual([]);
  expect(await schemaProblems(sarifSchema, { ...log, version: "2.0.0" })).not.toEqual([]);
  const [{ results, invocations, tool }] = log.runs;
  expect(invocations[0]).toMatchObject({ executionSuccessful: true, exitCode: 3 });
  const ids = results.map(({ ruleId }: { ruleId: string }) => ruleId);
  const images = hostile.map(() => "image-flagged");
  expect(ids).toEqual(["class-evidence", "class-not-examined", ...images]);
  const root = pathToFileURL(`${join(folder, "data")}/`);
  for (const { ruleId, ruleIndex, locations, partialFingerprints } of results) {
    expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
    const bytes = await readFile(new URL(locations[0].physicalLocation.artifactLocation.uri, root));
    if (partialFingerprints) expect(partialFingerprints).toEqual({ "sha256/v1": sha256Of(bytes) });
  }
});

test("results.sarif holds no more than readers show, and says so", async () => {
  const record = {
    row: 0,
    file: "a.png",
    sha256: sha256Of(""),
    label: "a",
    found: undefined,
    isFlagged: true,
  };
  const records = new Array(6000).fill(record);
  const log = JSON.parse(
    JSON.stringify(sarif(options("out"), { finding: "evidence", classes: [] }, records)),
  );
  expect(log.runs[0].results).toHaveLength(5000);
  const [{ message }] = log.runs[0].invocations[0].toolExecutionNotifications;
  expect(message.text).toContain("1000 more flagged images are in results.csv");
  expect(await schemaProblems(sarifSchema, log)).toEqual([]);
});

test("report.json: sources with their counts, those that were not tested without a p", async () => {
  const verdict = verdictOf(data.classes.map(found), 0.05);
  const supplierOf = (row: number) => (data.nameOf(row).startsWith("=odd") ? "north" : undefined);
  const report = reportOf(options("out"), examined({ ...data, supplierOf }, verdict));
  expect(await schemaProblems(reportSchemaFile, report)).toEqual([]);
  const untested = { p: null, adjustedP: null, isEvidence: false };
  expect(report.sources).toEqual({
    count: 1,
    listed: [
      { name: "north", images: hostile.length, flagged: hostile.length, ...untested },
      { name: null, images: 4, flagged: 0, ...untested },
    ],
  });
});

test("report.json keeps to the schema that is published, and the schema to the code", async () => {
  // `vitest run -u` writes it anew.
  const schema = JSON.stringify(z.toJSONSchema(reportSchema), null, 2);
  await expect(`${schema}\n`).toMatchFileSnapshot(fileURLToPath(reportSchemaFile));
  const report = await readJson("report.json");
  expect(await schemaProblems(reportSchemaFile, report)).toEqual([]);
  expect(await schemaProblems(reportSchemaFile, { ...report, finding: "maybe" })).not.toEqual([]);
  expect(report.suspectsThatAreTrusted).toEqual(["plain/known.png"]);
  expect(report.sources).toEqual({ count: 0, listed: [] });
  expect(report.suspectsThatContradictTrusted).toEqual({
    count: 1,
    listed: [{ file: "plain/mislabelled.png", label: "plain", trusted: "few/z.png", trustedLabel: "few" }],
  });
  expect(report.suspectsNearTrusted).toEqual({
    count: 1,
    listed: [{ file: "few/rings.png", label: "few", trusted: "few/rings.png", trustedLabel: "few" }],
  });
});

test("all of it counts as poisonspot's own, to be replaced by a repeated scan", async () => {
  const paths = outputFiles.map((name) => join(folder, "out", name));
  expect((await readdir(join(folder, "out"))).sort()).toEqual([...outputFiles].sort());
  await refuseForeign(paths, "");
});
