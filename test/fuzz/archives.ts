import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { cifar10, cifar10Archive } from "../../src/datasets/cifar/cifar10.js";
import { filesOf } from "../../src/datasets/cifar/layout.js";
import { type DatasetArchive, fetchArchive } from "../../src/datasets/fetch-archive.js";
import { tinyImagenetFolder } from "../../src/datasets/tiny-imagenet/about.js";
import { tinyImagenetArchive } from "../../src/datasets/tiny-imagenet/archive.js";
import { sha256Of } from "../../src/files/sha256.js";
import { silentReporter } from "../../src/reporter.js";
import { tarGz } from "../datasets/archive-server.js";
import type { Target, TargetFactory } from "./fuzz.js";

/** Unpacks inputs as if each had the pinned hash, and looks at what lies where afterwards. */
function archiveTarget(
  folder: string,
  archive: DatasetArchive,
  dataset: string,
  seeds: readonly Buffer[],
  packed: (input: Buffer, seed: number) => Buffer,
): Target {
  const datasetDir = join(folder, "datasets");
  return {
    seeds,
    async read(input, seed) {
      const bytes = packed(input, seed);
      await mkdir(datasetDir, { recursive: true });
      await writeFile(join(datasetDir, archive.file), bytes);
      const remote = { ...archive.remote, sha256: sha256Of(bytes) };
      try {
        await fetchArchive({ ...archive, remote }, datasetDir, { reporter: silentReporter });
        await lookAt(folder, datasetDir, [archive.file, dataset]);
      } catch (error) {
        await lookAt(folder, datasetDir, [archive.file]);
        throw error;
      } finally {
        await rm(datasetDir, { recursive: true, force: true });
      }
    },
  };
}

/** @throws Error when anything lies elsewhere, was left half-done or is a link */
async function lookAt(folder: string, datasetDir: string, expected: readonly string[]): Promise<void> {
  const outside = (await readdir(folder)).filter((name) => name !== basename(datasetDir));
  const entries = await readdir(datasetDir, { withFileTypes: true, recursive: true });
  const top = entries.filter(({ parentPath }) => parentPath === datasetDir).map(({ name }) => name);
  const strays = [...outside, ...top.filter((name) => !expected.includes(name))];
  const links = entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).map(({ name }) => name);
  if (strays.length + links.length > 0)
    throw new TypeError(`An archive left ${[...strays, ...links].join(", ")}`);
}

/** The tar itself is changed, then packed; or the packed file. */
export const tar: TargetFactory = async (folder) => {
  const [binary] = cifar10.layouts;
  const name = binary.folder;
  const packed = await tarGz([
    { name, type: "directory" },
    ...filesOf(binary).map((file) => ({ name: `${name}/${file}`, content: Buffer.from(file) })),
    { name: `${name}/readme.html` },
  ]);
  const links = await tarGz([
    { name, type: "directory" },
    { name: `${name}/data_batch_1.bin`, type: "symlink", linkname: "../../../etc/passwd" },
  ]);
  const seeds = [gunzipSync(packed), packed];
  const target = archiveTarget(folder, cifar10Archive, name, seeds, (input, seed) =>
    seed === 1 ? input : gzipSync(withChecksums(input), { level: 1 }),
  );
  return { ...target, material: [gunzipSync(links)] };
};

/** A header that was changed on purpose has a checksum that fits: the sum of its bytes, its own place blank. */
function withChecksums(archive: Buffer): Buffer {
  const whole = Buffer.from(archive);
  for (let at = 0; at + 512 <= whole.length; at += 512) {
    const header = whole.subarray(at, at + 512);
    if (header.toString("latin1", 257, 262) !== "ustar") continue;
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return whole;
}

/** Some files stored, some deflated. */
export const zip: TargetFactory = async (folder) => {
  const file = (name: string) => `${tinyImagenetFolder}/${name}`;
  const files = {
    [file("")]: new Uint8Array(0),
    [file("wnids.txt")]: Buffer.from("n01443537\nn01629819\n"),
    [file("train/n01443537/images/n01443537_0.JPEG")]: Buffer.alloc(600, "image"),
    [file("val/val_annotations.txt")]: Buffer.from("val_0.JPEG\tn01443537\t0\t0\t63\t63\n"),
    [file("test/images/test_0.JPEG")]: Buffer.alloc(500, 3),
  };
  const seeds = ([0, 6] as const).map((level) =>
    Buffer.from(zipSync(files, { level, mtime: new Date(1980, 0, 1) })),
  );
  return archiveTarget(folder, tinyImagenetArchive, tinyImagenetFolder, seeds, (input) => input);
};
