import { mkdir, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readCifar } from "../src/datasets/cifar/cifar.js";
import { cifar10 } from "../src/datasets/cifar/cifar10.js";
import { findCifar } from "../src/datasets/cifar/layout.js";
import { readImageFolder } from "../src/datasets/image-folder.js";
import { readStl10 } from "../src/datasets/stl10/stl10.js";
import { listTrainingClasses } from "../src/datasets/tiny-imagenet/training.js";
import { UserError } from "../src/errors.js";
import { readJson } from "../src/files/atomic-file.js";
import { parseJson } from "../src/files/parse-json.js";
import { silentReporter } from "../src/reporter.js";
import { readPickledTensor } from "../src/store/pytorch/pickled-tensor.js";
import { writeBinaryLayout } from "./datasets/cifar-files.js";
import { writeStlLayout } from "./datasets/stl10-files.js";
import { temporaryFolder } from "./store/temporary-folder.js";

const readCifarIn = async (folder: string) => {
  const found = await findCifar(cifar10, folder);
  return found && readCifar(found);
};
const readImages = (folder: string) =>
  readImageFolder(folder, 32, {
    cacheDir: join(folder, "cache"),
    onBadImage: "error",
    reporter: silentReporter,
  });

/** What is read, which file of it is too large, its limit in bytes, and what lies around it. */
const cases: [
  string,
  string,
  number,
  (folder: string) => Promise<unknown>,
  ((folder: string) => Promise<void>)?,
][] = [
  ["a JSON file", "a.json", 2 ** 28, (folder) => readJson(join(folder, "a.json"))],
  ["a pickled tensor", "a.pkl", 2 ** 28, (folder) => readPickledTensor(join(folder, "a.pkl"))],
  ["an image of a folder", "a.png", 64e6, readImages],
  [
    "a list of Tiny-ImageNet",
    "wnids.txt",
    20e6,
    (folder) => listTrainingClasses(folder, { onBadImage: "error", reporter: silentReporter }),
    async (folder) => {
      await mkdir(join(folder, "train"));
    },
  ],
  ["labels of STL-10", "train_y.bin", 10e6, readStl10, writeStlLayout],
  [
    "a batch of CIFAR-10",
    "cifar-10-batches-bin/data_batch_2.bin",
    2 ** 28,
    readCifarIn,
    (folder) => writeBinaryLayout(join(folder, "cifar-10-batches-bin")),
  ],
];

test.each(cases)("%s that is too large is named and not read", async (_, name, limit, read, around) => {
  const folder = await temporaryFolder();
  await around?.(folder);
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), "");
  await truncate(join(folder, name), limit + 1);
  const begin = performance.now();
  const error = await read(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain(name);
  expect(performance.now() - begin).toBeLessThan(1000);
});

test("JSON is read 64 levels deep, and no deeper", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}"[{\\"["${"]".repeat(depth)}`;
  expect(JSON.stringify(parseJson(nested(64)))).toBe(nested(64));
  expect(() => parseJson(nested(65))).toThrow("it is nested too deeply");
  expect(() => parseJson("[".repeat(1_000_000))).toThrow("it is nested too deeply");
});
