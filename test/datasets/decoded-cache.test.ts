import { appendFile, cp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, onTestFinished, test, vi } from "vitest";
import { decodedPixels } from "../../src/datasets/decoded-cache.js";
import { loadDataset } from "../../src/datasets/load-dataset.js";

import { silentReporter } from "../../src/reporter.js";
import { withFolder } from "./cifar-files.js";
import {
  classId,
  flatJpeg,
  levels,
  loadTiny,
  tinyFolder,
  validationLevel,
  writeTinyLayout,
} from "./tiny-imagenet-files.js";

/** Two classes of two images. @returns the folder and the last training image */
async function tinyIn(folder: string): Promise<{ root: string; file: string }> {
  const root = path.join(folder, tinyFolder);
  await writeTinyLayout(root, 2, 2);
  return { root, file: path.join(root, `train/${classId(1)}/images/${classId(1)}_1.JPEG`) };
}

/** A JPEG, and one of level 200, with as many bytes: what follows the image is not read. */
async function sameLength(image: Buffer): Promise<[Buffer, Buffer]> {
  const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(4096 - bytes.length)]);
  return [pad(image), pad(await flatJpeg(200))];
}

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

  test("another image, or one less, has them decoded again", () =>
    withFolder(async (folder) => {
      const { root, file } = await tinyIn(folder);
      const first = await loadTiny(folder);
      await writeFile(
        file,
        await readFile(path.join(root, `train/${classId(0)}/images/${classId(0)}_0.JPEG`)),
      );
      const second = await loadTiny(folder);
      expect(second.lines.join()).toContain("is of other files: decoding Tiny-ImageNet again.");
      expect([second.decoded, levels(second.native.train)]).toEqual([6, [0, 1, 16, 0]]);
      expect(second.dataset.fingerprint).not.toBe(first.dataset.fingerprint);
      await rm(file);
      const third = await loadTiny(folder);
      expect([third.decoded, third.dataset.train.labels.length]).toEqual([5, 3]);
    }));

  test.each([
    ["lately", 0],
    ["an hour ago", 3_600_000],
  ])("an image put in the place of one of the same size and time is noticed (decoded %s)", (_, age) =>
    withFolder(async (folder) => {
      const { file } = await tinyIn(folder);
      const [old, other] = await sameLength(await readFile(file));
      await writeFile(file, old);
      await utimes(file, 1000, 1000);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + age });
      onTestFinished(() => void vi.useRealTimers());
      expect(levels((await loadTiny(folder)).native.train)).toEqual([0, 1, 16, 17]);
      await writeFile(file, other);
      await utimes(file, 1000, 1000);
      const second = await loadTiny(folder);
      expect([second.decoded, levels(second.native.train)]).toEqual([6, [0, 1, 16, 200]]);
    }),
  );

  test("the same images with another time, or copied elsewhere and back, are compared and used again", () =>
    withFolder(async (folder) => {
      const { root, file } = await tinyIn(folder);
      const first = await loadTiny(folder);
      await utimes(file, 1000, 1000);
      expect((await loadTiny(folder)).decoded).toBe(0);
      await cp(root, `${root}-copy`, { recursive: true });
      await rm(root, { recursive: true });
      await rename(`${root}-copy`, root);
      const again = await loadTiny(folder);
      expect([again.decoded, again.dataset.fingerprint]).toEqual([0, first.dataset.fingerprint]);
    }));

  test("files that have not changed for a while are not read again to know them", () =>
    withFolder(async (folder) => {
      await tinyIn(folder);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
      onTestFinished(() => void vi.useRealTimers());
      await loadTiny(folder);
      const index = path.join(folder, "decoded/imagenet.json");
      const { content, ...rest } = JSON.parse(await readFile(index, "utf8"));
      expect(content).toMatch(/^[0-9a-f]{64}$/);
      await writeFile(index, JSON.stringify({ ...rest, content: "of something else" }));
      expect((await loadTiny(folder)).decoded).toBe(0);
    }));

  test("rows made in another way are made again", () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, "a.jpg"), await flatJpeg(7));
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
      onTestFinished(() => void vi.useRealTimers());
      const rows = async (recipe: string, level: number) => {
        const toRow = () => new Uint8Array(3).fill(level);
        const source = {
          root: folder,
          files: ["a.jpg"],
          bad: [],
          onBadImage: "error",
          classNames: [],
        } as const;
        const task = { ...source, title: "", cache: path.join(folder, "cache"), side: 1, recipe, toRow };
        return levels((await decodedPixels(task, { reporter: silentReporter })).pixels);
      };
      expect([await rows("a", 1), await rows("a", 2), await rows("b", 3)]).toEqual([[1], [1], [3]]);
    }));

  test("of runs that need them at once one decodes them, the others wait", () =>
    withFolder(async (folder) => {
      await tinyIn(folder);
      const loaded = await Promise.all([loadTiny(folder), loadTiny(folder), loadTiny(folder)]);
      expect(loaded.map(({ decoded }) => decoded).sort()).toEqual([0, 0, 6]);
      for (const { native } of loaded) expect(levels(native.train)).toEqual([0, 1, 16, 17]);
      expect((await readdir(path.join(folder, "decoded"))).sort()).toEqual(["imagenet.json", "imagenet.raw"]);
    }));

  test("are not half there after a failure or an interruption, and are read on after another run replaced them", () =>
    withFolder(async (folder) => {
      await tinyIn(folder);
      const stop = new AbortController();
      const progress = () => {
        stop.abort(new Error("stopped by hand"));
        return { update() {}, stop() {} };
      };
      const options = { datasetDir: folder, seed: 1, reporter: { ...silentReporter, progress } };
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
      // Which the command line puts into words.
      const named = { code: expect.stringMatching(/^E/), path: expect.stringMatching(/decoded/) };
      await expect(loadTiny(folder)).rejects.toMatchObject(named);
    }));
});
