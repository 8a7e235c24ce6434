import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import {
  appendResult,
  type ResultRow,
  readResults,
  shareOfRate,
  writeConfig,
} from "../../src/experiment/results.js";
import { csvLine, parseCsv } from "../../src/store/csv.js";
import { temporaryFolder } from "../store/temporary-folder.js";

const header =
  "epochs,Clean training ACC,Poisoned training ACC,Poisoned training ASR,Batch-level |features|," +
  "TPR KMeans,FPR KMeans,TPR Gaussian,FPR Gaussian,Retrain ACC,Retrain ASR," +
  "Clean training ASR,Retrain control ACC,Retrain control ASR," +
  "test images,triggered test images,poisons among suspects,clean suspects,run_id,stage,config";
const poisoned: ResultRow = {
  epochs: 200,
  poisonedTrainingAccuracy: 0.9541,
  poisonedTrainingAsr: 0.98225,
  runId: "r1",
  stage: "poisoned_training",
  config: "configs/a.json",
};
const scored: ResultRow = {
  truePositiveRateKmeans: 1,
  falsePositiveRateKmeans: 0,
  runId: 'run "2", late',
  stage: "score_samples",
  config: "configs/a.json",
};

test("one row a stage under one header, rates in percent", async () => {
  const folder = join(await temporaryFolder(), "exp");
  expect(await readResults(folder)).toEqual([]);
  expect(await appendResult(folder, poisoned)).toEqual({});
  await appendResult(folder, scored);
  expect(await readFile(join(folder, "results.csv"), "utf8")).toBe(
    `${header}\n200,,95.41,98.22,,,,,,,,,,,,,,,r1,poisoned_training,configs/a.json\n` +
      ',,,,,100.00,0.00,,,,,,,,,,,,"run ""2"", late",score_samples,configs/a.json\n',
  );
  const [first, second] = await readResults(folder);
  expect(first).toMatchObject({ ...poisoned, poisonedTrainingAsr: 0.9822 });
  expect(second).toEqual(scored);
});

test("rates come back as the counts they were, however many images", async () => {
  for (const of of [1, 3, 50, 9_973, 10_000, 99_989]) {
    const folder = await temporaryFolder();
    const counts = [...new Set([0, 1, Math.floor(of / 3), of - 1, of])];
    for (const count of counts) {
      await appendResult(folder, { ...scored, truePositiveRateKmeans: count / of, poisons: of });
    }
    const rows = await readResults(folder);
    expect(rows.map((row) => shareOfRate(row, "truePositiveRateKmeans"))).toEqual(
      counts.map((count) => ({ count, of })),
    );
    expect(shareOfRate(rows[0], "retrainAsr")).toBeUndefined();
  }
});

test("a file of an earlier version is read, and gets the columns it lacks with the next row", async () => {
  const folder = await temporaryFolder();
  const ours = (line: string, empty: string) =>
    line.replace(/Clean training ASR,Retrain control ACC,Retrain control ASR,|,,,(?=,,,,r1)/, empty);
  await appendResult(folder, poisoned);
  const path = join(folder, "results.csv");
  const [first, row] = (await readFile(path, "utf8")).split("\n");
  const old = `${ours(first, "")}\n${ours(row, "")}\n`;
  expect(parseCsv(old).map((cells) => cells.length)).toEqual([18, 18]);
  await writeFile(path, old);
  expect(await readResults(folder)).toMatchObject([{ ...poisoned, poisonedTrainingAsr: 0.9822 }]);
  expect(await appendResult(folder, { ...scored, retrainControlAsr: 0.5 })).toEqual({});
  expect((await readFile(path, "utf8")).startsWith(`${first}\n${row}\n`)).toBe(true);
  expect((await readResults(folder))[1]).toEqual({ ...scored, retrainControlAsr: 0.5 });
  // In another order it is somebody else's.
  await writeFile(path, old.replace("Retrain ACC,Retrain ASR", "Retrain ASR,Retrain ACC"));
  await expect(readResults(folder)).rejects.toThrow("expected columns");
});

test("a file with other columns is kept under another name", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "results.csv");
  for (const number of [1, 2]) {
    await writeFile(path, "epochs,ACC\n1,2\n");
    await expect(readResults(folder)).rejects.toThrow(UserError);
    expect(await appendResult(folder, poisoned)).toEqual({ movedAside: `${path}.old-${number}` });
  }
  expect((await readResults(folder)).length).toBe(1);
  expect(await readFile(`${path}.old-1`, "utf8")).toBe("epochs,ACC\n1,2\n");
});

test.each([
  ["a quote that does not end", '"', "a quoted cell does not end"],
  ["text behind a quoted cell", '"a"b', "text follows a quoted cell"],
  ["a figure that is none", `${header}\nmany${",".repeat(20)}\n`, 'it holds "many", which is no number'],
  ["cells too few", `${header}\n1,2\n`, "the expected columns"],
  ["a million quotes", '"'.repeat(1_000_001), "does not end"],
])("%s is refused, with the file's name", async (_, text, reason) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "results.csv"), text);
  const error = await readResults(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(new RegExp(`${folder}/results.csv cannot be read: .*${reason}`));
});

test("an older run's configuration stays readable beside the latest", async () => {
  const folder = await temporaryFolder();
  const first = await writeConfig(folder, { lr: 0.1 });
  const second = await writeConfig(folder, { lr: 0.01 });
  expect(await writeConfig(folder, { lr: 0.1 })).toBe(first);
  expect((await readdir(join(folder, "configs"))).length).toBe(2);
  expect(JSON.parse(await readFile(join(folder, second), "utf8"))).toEqual({ lr: 0.01 });
  expect(JSON.parse(await readFile(join(folder, "config.json"), "utf8"))).toEqual({ lr: 0.1 });
});

test.each([
  ["", []],
  ["a,b\n", [["a", "b"]]],
  [
    "a,\r\n,b",
    [
      ["a", ""],
      ["", "b"],
    ],
  ],
  ['"x,""y""\nz",1\n', [['x,"y"\nz', "1"]]],
])("CSV %j", (text, rows) => {
  expect(parseCsv(text)).toEqual(rows);
  expect(parseCsv(rows.map(csvLine).join("\n"))).toEqual(rows);
});
