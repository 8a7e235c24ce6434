import { appendFile, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadDataset } from "../../src/datasets/load-dataset.js";
import { UserError } from "../../src/errors.js";
import { silentReporter } from "../../src/reporter.js";
import { withFolder } from "./cifar-files.js";
import {
  classId,
  levels,
  loadTiny,
  tinyFolder,
  validationLevel,
  writeTinyLayout,
} from "./tiny-imagenet-files.js";

describe("the decoded images", () => {
  test("are kept and used again, with a record of classes and paths", () =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 3, 2);
      const first = await loadTiny(folder);
      const again = await loadTiny(folder);
      expect([first.decoded, again.decoded]).toEqual([9, 0]);
      expect(again.dataset.fingerprint).toBe(first.dataset.fingerprint);
      expect(levels(again.native.train)).toEqual(levels(first.native.train));
      expect((await readdir(path.join(folder, "decoded"))).sort()).toEqual(["imagenet.json", "imagenet.raw"]);
      expect((await stat(path.join(folder, "decoded/imagenet.raw"))).size).toBe(9 * 12288);
      const index = JSON.parse(await readFile(path.join(folder, "decoded/imagenet.json"), "utf8"));
      expect(index.paths[1]).toBe(`train/${classId(0)}/images/${classId(0)}_1.JPEG`);
      expect(index.classNames).toEqual([0, 1, 2].map(classId));
    }));

  test.each<[string, (raw: string) => Promise<unknown>]>([
    ["a changed byte", (raw) => readFile(raw).then((b) => writeFile(raw, b.fill(7, 500, 501)))],
    ["a cut file", (raw) => readFile(raw).then((b) => writeFile(raw, b.subarray(0, 12288)))],
    ["more bytes", (raw) => appendFile(raw, Buffer.alloc(12288))],
    ["no record", (raw) => rm(raw.replace(".raw", ".json"))],
    ["a broken record", (raw) => writeFile(raw.replace(".raw", ".json"), "{")],
    ["a strange record", (raw) => writeFile(raw.replace(".raw", ".json"), "[1]")],
  ])("%s: they are decoded again", (_, damage) =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 2, 2);
      const first = await loadTiny(folder);
      await damage(path.join(folder, "decoded/imagenet.raw"));
      const second = await loadTiny(folder);
      expect(second.lines.join()).toContain("imagenet.raw is damaged: decoding Tiny-ImageNet again.");
      expect([second.decoded, second.dataset.fingerprint]).toEqual([6, first.dataset.fingerprint]);
      expect((await loadTiny(folder)).decoded).toBe(0);
    }),
  );

  test("another image, or another time of it, has them decoded again", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 2, 2);
      const first = await loadTiny(folder);
      const file = path.join(root, `train/${classId(1)}/images/${classId(1)}_1.JPEG`);
      await utimes(file, 1000, 1000);
      const second = await loadTiny(folder);
      expect(second.lines.join()).toContain("is of other files: decoding Tiny-ImageNet again.");
      expect([second.decoded, second.dataset.fingerprint]).toEqual([6, first.dataset.fingerprint]);
      await rm(file);
      const third = await loadTiny(folder);
      expect([third.decoded, third.dataset.train.labels.length]).toEqual([5, 3]);
    }));

  test("are not half there after a failure or an interruption, and are read on after another run replaced them", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 2, 2);
      const stop = new AbortController();
      stop.abort(new Error("stopped by hand"));
      const options = { datasetDir: folder, seed: 1, reporter: silentReporter };
      const stopped = loadDataset("imagenet", { ...options, signal: stop.signal });
      await expect(stopped).rejects.toThrow(/^stopped by hand$/);
      expect(await readdir(path.join(folder, "decoded"))).toEqual([]);
      const { native } = await loadTiny(folder);
      await rm(path.join(folder, "decoded"), { recursive: true });
      expect(levels(native.test)).toEqual([validationLevel(1), validationLevel(0)]);
    }));

  test("need a place to be written to", () =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 2, 1);
      await writeFile(path.join(folder, "decoded"), "a file");
      const loading = loadTiny(folder);
      await expect(loading).rejects.toThrow(UserError);
      await expect(loading).rejects.toThrow(/Cannot write the decoded images to .*imagenet\.raw \(E/);
    }));
});
