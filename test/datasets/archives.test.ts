import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { strToU8, type Zippable, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import type { RemoteFile } from "../../src/datasets/download.js";
import { type DatasetArchive, fetchArchive, findOrFetch } from "../../src/datasets/fetch-archive.js";
import { stl10Archive } from "../../src/datasets/stl10/archive.js";
import { findStl10 } from "../../src/datasets/stl10/layout.js";
import { readStl10 } from "../../src/datasets/stl10/stl10.js";
import { tinyImagenetArchive } from "../../src/datasets/tiny-imagenet/archive.js";
import { findTinyImagenet } from "../../src/datasets/tiny-imagenet/layout.js";
import { readTinyImagenet } from "../../src/datasets/tiny-imagenet/tiny-imagenet.js";
import { UserError } from "../../src/errors.js";
import { silentReporter } from "../../src/reporter.js";
import { serve, tarGz, withServer } from "./archive-server.js";
import { withFolder } from "./cifar-files.js";
import { stlLabels, writeStlLayout } from "./stl10-files.js";
import { writeTinyLayout } from "./tiny-imagenet-files.js";

const options = { reporter: silentReporter };

/** Serves `body` as the archive and fetches it to a folder. */
const withFetched = (
  archive: DatasetArchive,
  body: Buffer,
  use: (folder: string, fetching: Promise<void>) => Promise<void>,
) =>
  withServer(body, [serve], (remote) =>
    withFolder((folder) => use(folder, fetchArchive({ ...archive, remote }, folder, options))),
  );

/** All files below a folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe("STL-10", () => {
  const folderName = "stl10_binary";

  async function archiveOf(folder: string): Promise<Buffer> {
    await writeStlLayout(path.join(folder, folderName));
    const names = ["test_X.bin", "test_y.bin", "train_X.bin", "train_y.bin", "class_names.txt"];
    const read = (name: string) => readFile(path.join(folder, folderName, name));
    const entries = await Promise.all(
      names.map(async (name) => ({ name: `${folderName}/${name}`, content: await read(name) })),
    );
    return tarGz([
      { name: folderName, type: "directory" },
      ...entries,
      { name: `${folderName}/unlabeled_X.bin`, content: new Uint8Array(100_000) },
      { name: `${folderName}/fold_indices.txt` },
    ]);
  }

  test("the labelled images are unpacked, the large rest is not", () =>
    withFolder(async (source) =>
      withFetched(stl10Archive, await archiveOf(source), async (folder, fetching) => {
        await fetching;
        expect(await readdir(folder)).toEqual([folderName]);
        expect(await filesBelow(folder)).toEqual(await filesBelow(source));
        const found = await findStl10(folder);
        expect(found).toBeDefined();
        const dataset = await readStl10(path.join(folder, folderName));
        expect([...dataset.train.labels]).toEqual(stlLabels.train);
      }),
    ));
});

describe("Tiny-ImageNet", () => {
  const folderName = "tiny-imagenet-200";

  /** The content of the official archive in small, test images and boxes included. */
  async function archiveOf(folder: string, more: Zippable = {}): Promise<Buffer> {
    await writeTinyLayout(path.join(folder, folderName), 3, 2);
    const files: Zippable = { [`${folderName}/`]: new Uint8Array(0) };
    for (const file of await filesBelow(folder)) files[file] = await readFile(path.join(folder, file));
    files[`${folderName}/words.txt`] = strToU8("n01000000\tentity\n");
    files[`${folderName}/test/images/test_0.JPEG`] = new Uint8Array(5000).fill(3);
    return Buffer.from(zipSync({ ...files, ...more }));
  }

  test("labelled images and lists are unpacked", () =>
    withFolder(async (source) =>
      withFetched(tinyImagenetArchive, await archiveOf(source), async (folder, fetching) => {
        await fetching;
        expect(await readdir(folder)).toEqual([folderName]);
        const expected = (await filesBelow(source)).filter((file) => !file.endsWith("_boxes.txt"));
        expect(await filesBelow(folder)).toEqual([...expected, `${folderName}/words.txt`].sort());
        for (const file of expected)
          expect(await readFile(path.join(folder, file))).toEqual(await readFile(path.join(source, file)));
        const root = await findTinyImagenet(folder);
        if (root === undefined) throw new Error("Tiny-ImageNet was not found.");
        const dataset = await readTinyImagenet(root, {
          ...options,
          onBadImage: "error",
          cacheDir: path.join(folder, "decoded"),
        });
        expect(dataset.train.labels).toHaveLength(6);
      }),
    ));

  test("what leads elsewhere, or is not expected, is left out", () =>
    withFolder(async (source) => {
      const evil = strToU8("evil");
      const body = await archiveOf(source, {
        "../evil.txt": evil,
        [path.join(source, "../evil.txt")]: evil,
        [`${folderName}/../evil.txt`]: evil,
        [`${folderName}/train/../../evil.txt`]: evil,
        [`${folderName}/train/n1/images/n2_0.JPEG`]: evil,
        [`${folderName}/evil.sh`]: evil,
      });
      await withFetched(tinyImagenetArchive, body, async (folder, fetching) => {
        await fetching;
        expect(existsSync(path.join(folder, "../evil.txt"))).toBe(false);
        expect((await filesBelow(folder)).filter((file) => /evil|n2_0/.test(file))).toEqual([]);
      });
    }));

  test.each<[string, (whole: Buffer) => Buffer, string]>([
    ["cut short", (whole) => whole.subarray(0, 700), "is cut short"],
    ["no zip", () => Buffer.from("<html>not found</html>"), "holds nothing of tiny-imagenet-200"],
    [
      "of other things",
      () => Buffer.from(zipSync({ "other/wnids.txt": strToU8("n1") })),
      "holds nothing of tiny-imagenet-200",
    ],
  ])("an archive that is %s leaves nothing", (_, spoil, message) =>
    withFolder(async (source) =>
      withFetched(tinyImagenetArchive, spoil(await archiveOf(source)), async (folder, fetching) => {
        const error = await fetching.catch((thrown: unknown) => thrown);
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toContain("Cannot get Tiny-ImageNet: ");
        expect(error.message).toContain(message);
        expect(await readdir(folder)).toEqual(["tiny-imagenet-200.zip"]);
      }),
    ),
  );

  test("a bomb, of a file that is wanted or not, leaves nothing", () =>
    withFolder(async (source) => {
      for (const name of ["wnids.txt", "test/images/test_1.JPEG"]) {
        const body = await archiveOf(source, { [`${folderName}/${name}`]: new Uint8Array(21e6) });
        expect(body.length).toBeLessThan(100_000);
        await withFetched(tinyImagenetArchive, body, async (folder, fetching) => {
          await expect(fetching).rejects.toThrow("a file in it unpacks to more than 20000000 bytes");
          expect(await readdir(folder)).toEqual(["tiny-imagenet-200.zip"]);
        });
      }
    }));

  test("the same file twice leaves nothing", () =>
    withFolder(async (source) => {
      const whole = await archiveOf(source);
      // The list at the end is not read: two archives after each other have every file twice.
      await withFetched(tinyImagenetArchive, Buffer.concat([whole, whole]), async (folder, fetching) => {
        await expect(fetching).rejects.toThrow("EEXIST");
        expect(await readdir(folder)).toEqual(["tiny-imagenet-200.zip"]);
      });
    }));
});

test("of several runs that want it at once one downloads and unpacks it, the others wait and find it", () =>
  withFolder(async (folder) => {
    const content = Buffer.from("pixels");
    const files = ["train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin", "class_names.txt"];
    const body = await tarGz(files.map((file) => ({ name: `stl10_binary/${file}`, content })));
    await withServer(body, [serve], async (remote, ranges) => {
      const lines: string[] = [];
      const reporter = { ...silentReporter, info: (line: string) => void lines.push(line) };
      const find = () =>
        findOrFetch(findStl10, { ...stl10Archive, remote }, { datasetDir: folder, reporter });
      const place = path.join(folder, "stl10_binary");
      expect(await Promise.all([find(), find(), find()])).toEqual([place, place, place]);
      expect(ranges).toHaveLength(1);
      expect(lines.filter((line) => line.startsWith("waiting for another run"))).toHaveLength(2);
      expect(await readdir(folder)).toEqual(["stl10_binary"]);
    });
  }));

test("a place that cannot be written to is said together with what else can be done", () =>
  withFolder(async (folder) => {
    await writeFile(path.join(folder, "file"), "");
    const datasetDir = path.join(folder, "file", "datasets");
    await expect(findOrFetch(findStl10, stl10Archive, { ...options, datasetDir })).rejects.toThrow(
      /^Cannot get STL-10: ENOTDIR/,
    );
  }));

test.each([
  [stl10Archive, "stl10_binary.tar.gz", "stl10_binary/ (train_X.bin, train_y.bin, test_X.bin, test_y.bin)"],
  [tinyImagenetArchive, "tiny-imagenet-200.zip", "tiny-imagenet-200/ (wnids.txt, train/<class id>/images/"],
])("a failed download says where to put what", (archive, packed, unpacked) =>
  withFolder(async (folder) => {
    const closed: RemoteFile[] = [];
    await withServer(Buffer.alloc(9), [serve], async (remote) => void closed.push(remote));
    const error = await fetchArchive({ ...archive, remote: closed[0] }, folder, options).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(new RegExp(`^Cannot get ${archive.title}: .* cannot be reached`));
    expect(error.hint).toContain(`put it, packed, at ${path.join(folder, packed)};`);
    expect(error.hint).toContain(path.join(folder, unpacked));
  }),
);

test("an archive that is not the official one is refused", () =>
  withFolder(async (folder) => {
    await writeFile(path.join(folder, "stl10_binary.tar.gz"), "something else");
    await expect(fetchArchive(stl10Archive, folder, options)).rejects.toThrow(
      /has the SHA-256 \w+, not f31fd992/,
    );
  }));
