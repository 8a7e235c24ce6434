import { open, readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashesOf, names } from "./artefacts.js";
import { cli, copyOf, newFolder, succeed, tinyFlags } from "./cli.js";

const capture = [...tinyFlags(), "--sample_level"];

/** A folder with all up to the increments; and the hashes of these. */
let prepared: string;
let uninterrupted: Map<string, string>;
beforeAll(async () => {
  prepared = await newFolder();
  await succeed(prepared, [...tinyFlags(), "--poisoned_training", "--batch_level", "--sample_level"]);
  uninterrupted = await hashesOf(join(prepared, names.increments));
});
afterAll(() => rm(prepared, { recursive: true, force: true }));

const withoutIncrements = async (): Promise<string> => {
  const folder = await copyOf(prepared);
  await rm(join(folder, names.increments), { recursive: true });
  return folder;
};

const provenance = (folder: string) => readdir(join(folder, "Training_Prov_Data"));

test("Ctrl-C ends with 130 and leaves nothing half-written; the same command then gets through", async () => {
  const folder = await withoutIncrements();
  const before = await provenance(folder);
  const seen = (printed: string) => printed.includes("sample level: 28 rows");
  const { exitCode, stderr } = await cli(folder, capture, { signal: "SIGINT", seen });
  expect(exitCode).toBe(130);
  expect(stderr).toContain("stopped by SIGINT; everything finished so far is kept");
  expect(await provenance(folder)).toEqual(before);
  await succeed(folder, capture);
  expect(await hashesOf(join(folder, names.increments))).toEqual(uninterrupted);
});

test("kill -9 leaves no increments that scoring would take; the same command then gets through", async () => {
  const folder = await withoutIncrements();
  const isPartial = (name: string) => name.includes(".partial-");
  const seen = async () => (await provenance(folder)).some(isPartial);
  const { signal } = await cli(folder, capture, { signal: "SIGKILL", seen });
  expect(signal).toBe("SIGKILL");
  expect((await provenance(folder)).some(isPartial)).toBe(true);
  const { exitCode, stderr } = await cli(folder, [...tinyFlags(), "--score_samples"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`There is no ${names.increments}.`);
  await succeed(folder, capture);
  expect(await hashesOf(join(folder, names.increments))).toEqual(uninterrupted);
  // What the killed run had begun is gone as well.
  expect((await provenance(folder)).some(isPartial)).toBe(false);
});

test("a cut checkpoint and a changed byte are named, and nothing is overwritten", async () => {
  const folder = await copyOf(prepared);
  await truncate(join(folder, names.model), 100_000);
  const chunk = await open(join(folder, names.increments, "sus_diff/c/0/0"), "r+");
  await chunk.write(Buffer.from([0x5a]), 0, 1, 1001);
  await chunk.close();
  const before = await hashesOf(folder, ["config.json"]);
  const cut = await cli(folder, [...tinyFlags(), "--batch_level"]);
  expect(cut.exitCode).toBe(2);
  expect(cut.stderr).toContain(`${names.model} is not a readable safetensors file`);
  const changed = await cli(folder, [...tinyFlags(), "--score_samples"]);
  expect(changed.exitCode).toBe(2);
  expect(changed.stderr).toContain(`${names.increments} is damaged: sus_diff/c/0/0 was changed.`);
  const after = await hashesOf(folder, ["config.json"]);
  for (const [path, hash] of before) expect([path, after.get(path)]).toEqual([path, hash]);
});
