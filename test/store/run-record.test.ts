import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRunRecord, startRunRecord } from "../../src/store/run-record.js";
import { programVersion } from "../../src/version.js";
import { temporaryFolder } from "./temporary-folder.js";

const beginning = {
  runId: "one",
  flags: { lr: 0.1, attack_opt: { steps: 3 }, exp: null },
  seed: 545,
  engine: "wasm, 1 thread",
  engineVersion: "4.22.0",
};

test("a record says running until the run ends, and then how, with the time of every part", async () => {
  const folder = join(await temporaryFolder(), "exp");
  const record = await startRunRecord(folder, beginning);
  expect(await readRunRecord(folder)).toMatchObject({ exit: "running", ended: null, seconds: {} });
  const wait = () => new Promise((resolve) => setTimeout(resolve, 30));
  await record.time("dataset", wait);
  const broken = record.time("retrain", () => wait().then(() => Promise.reject(new Error("broken"))));
  await expect(broken).rejects.toThrow("broken");
  await record.end("failed: broken");
  const facts = await readRunRecord(folder);
  expect(facts).toMatchObject({
    runId: "one",
    flags: beginning.flags,
    seed: 545,
    engine: "wasm, 1 thread",
    versions: { poisonspot: programVersion, node: process.version, engine: "4.22.0" },
    pid: process.pid,
    exit: "failed: broken",
  });
  expect(Object.keys(facts?.seconds ?? {})).toEqual(["dataset", "retrain"]);
  for (const seconds of Object.values(facts?.seconds ?? {})) expect(seconds).toBeGreaterThan(0.02);
  expect(Date.parse(String(facts?.ended))).toBeGreaterThanOrEqual(Date.parse(String(facts?.started)));
  // This process has some tens of megabytes at least, and less than the machine.
  expect(facts?.peakMemoryBytes).toBeGreaterThan(2e7);
  expect(facts?.peakMemoryBytes).toBeLessThan(facts?.host.memoryBytes ?? 0);
  expect(record.costs()).toMatch(/^time: dataset [\d.]+ s, retrain [\d.]+ s; peak memory \d+ MB$/);
});

test("a record that is missing, cut or of another shape is none", async () => {
  const folder = await temporaryFolder();
  expect(await readRunRecord(folder)).toBeUndefined();
  await startRunRecord(folder, beginning);
  const text = await readFile(join(folder, "run.json"), "utf8");
  for (const damaged of [text.slice(0, -10), "null", "[]", text.replace("545", '"545"')]) {
    await writeFile(join(folder, "run.json"), damaged);
    expect(await readRunRecord(folder)).toBeUndefined();
  }
});
