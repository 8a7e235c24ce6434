import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { convertCheckpoint } from "../../src/store/convert-checkpoint.js";
import { readPytorch } from "../../src/store/pytorch/read-pytorch.js";
import { readSafetensors, writeSafetensors } from "../../src/store/safetensors.js";
import { temporaryFolder } from "./temporary-folder.js";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/pytorch/${name}`, import.meta.url));

test("there and back again gives the same bytes", async () => {
  const folder = await temporaryFolder();
  const [tensors, pth, back] = ["a.safetensors", "b.pth", "c.safetensors"].map((name) => join(folder, name));
  const done = await convertCheckpoint(fixture("tiny_cnn.pth"), tensors, false);
  expect(done).toEqual({ entries: 16, bytes: (await stat(tensors)).size, lostMetadata: false, leftOut: [] });
  await convertCheckpoint(tensors, pth, false);
  await convertCheckpoint(pth, back, false);
  expect((await readFile(back)).equals(await readFile(tensors))).toBe(true);
  expect((await readPytorch(pth)).state).toEqual((await readPytorch(fixture("tiny_cnn.pth"))).state);
  expect((await readSafetensors(back)).state.get("bn1.num_batches_tracked")?.dtype).toBe("int64");
});

test("the old format becomes the new one", async () => {
  const path = join(await temporaryFolder(), "new.pt");
  await convertCheckpoint(fixture("tiny_cnn_legacy.pth"), path, false);
  expect((await readFile(path)).toString("latin1", 0, 2)).toBe("PK");
  expect((await readPytorch(path)).state).toEqual((await readPytorch(fixture("tiny_cnn.pth"))).state);
});

test("says what is not taken along", async () => {
  const folder = await temporaryFolder();
  const { takenFrom, leftOut } = await convertCheckpoint(
    fixture("checkpoint.pth"),
    join(folder, "a.safetensors"),
    false,
  );
  expect([takenFrom, leftOut.includes("optimizer")]).toEqual(["net", true]);
  const recorded = join(folder, "recorded.safetensors");
  const state = new Map([["a", { shape: [1], data: Float32Array.of(1) }]]);
  await writeSafetensors(recorded, { state, metadata: { config: "{}" } });
  expect((await convertCheckpoint(recorded, join(folder, "b.pth"), false)).lostMetadata).toBe(true);
  await convertCheckpoint(recorded, join(folder, "copy.safetensors"), false);
  expect((await readSafetensors(join(folder, "copy.safetensors"))).metadata).toEqual({ config: "{}" });
});

test("a file that is there is kept unless force is given; it may be the input itself", async () => {
  const path = join(await temporaryFolder(), "model.pth");
  await copyFile(fixture("checkpoint.pth"), path);
  await expect(convertCheckpoint(path, path, false)).rejects.toThrow(`${path} is there already`);
  expect((await readFile(path)).equals(await readFile(fixture("checkpoint.pth")))).toBe(true);
  await convertCheckpoint(path, path, true);
  expect((await readPytorch(path)).takenFrom).toBeUndefined();
});

test("a mistake or a hostile input writes nothing", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "folder.pth"));
  await writeFile(join(folder, "text.txt"), "");
  const good = fixture("tiny_cnn.pth");
  const mistakes: [string, string, RegExp][] = [
    [fixture("evil.pth"), "a.safetensors", /asks for "posix.system"/],
    [fixture("evil_legacy.pth"), "a.safetensors", /asks for "posix.system"/],
    [join(folder, "none.pth"), "a.safetensors", /There is no/],
    [join(folder, "folder.pth"), "a.safetensors", /not a file|Cannot read/],
    [join(folder, "text.txt"), "a.safetensors", /no checkpoint but an empty file/],
    [good, "a.pkl", /what to write/],
    [good, "a", /what to write/],
    [good, "folder.pth", /there already/],
  ];
  for (const [input, output, reason] of mistakes) {
    const error = await convertCheckpoint(input, join(folder, output), false).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(reason);
  }
  expect((await readdir(folder)).sort()).toEqual(["folder.pth", "text.txt"]);
});
