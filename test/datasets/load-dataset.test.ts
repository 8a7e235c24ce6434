import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { cifar10 } from "../../src/datasets/cifar/cifar10.js";
import { cifar100 } from "../../src/datasets/cifar/cifar100.js";
import { loadDataset } from "../../src/datasets/load-dataset.js";
import { datasets } from "../../src/datasets/registry.js";
import { UserError } from "../../src/errors.js";
import { silentReporter } from "../../src/reporter.js";
import { binaryBatch, withFolder, writeBinaryLayout } from "./cifar-files.js";

const options = { datasetDir: "unused", seed: 1, reporter: silentReporter };

test.each([
  ["cifar", 'Unknown dataset "cifar".'],
  ["toString", 'Unknown dataset "toString".'],
])("%s is refused with the names that work", async (name, message) => {
  const error = await loadDataset(name, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw error;
  expect([error.message, error.hint]).toEqual([
    message,
    "Use one of: CIFAR10, CIFAR100, synthetic, slt10, imagenet.",
  ]);
});

test("a limit keeps the first of each class, and a fifth of it for testing", () =>
  withFolder(async (folder) => {
    const directory = path.join(folder, "cifar-10-batches-bin");
    await writeBinaryLayout(directory);
    await writeFile(path.join(directory, "data_batch_5.bin"), binaryBatch([3, 3, 3, 0, 0, 0, 0]));
    await writeFile(path.join(directory, "test_batch.bin"), binaryBatch([3, 0, 3, 0, 1]));
    const load = (limitPerClass?: number) =>
      loadDataset("CIFAR10", { ...options, datasetDir: folder, ...(limitPerClass && { limitPerClass }) });
    const [whole, two, six] = [await load(), await load(2), await load(6)];
    expect(Array.from(whole.train.labels)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 3, 3, 3, 0, 0, 0, 0]);
    expect(Array.from(two.train.labels)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 3, 0]);
    expect(Array.from(two.test.labels)).toEqual([3, 0, 1]);
    expect(Array.from(six.test.labels)).toEqual([3, 0, 3, 0, 1]);
    expect(six.fingerprint).toBe(whole.fingerprint);
    expect(two.fingerprint).not.toBe(whole.fingerprint);
  }));

test("synthetic needs no files", async () => {
  const dataset = await loadDataset("synthetic", { ...options, limitPerClass: 7 });
  expect([dataset.train.labels.length, dataset.test.labels.length]).toEqual([70, 20]);
});

test("what is known of a dataset before it is loaded holds", async () => {
  const dataset = await loadDataset("synthetic", { ...options, limitPerClass: 1 });
  expect(dataset.classNames).toHaveLength(datasets.synthetic.classes);
  expect(dataset.outsideImages?.(1).labels).toHaveLength(datasets.synthetic.outsideClasses ?? 0);
  expect(cifar10.classNames).toHaveLength(datasets.CIFAR10.classes);
  expect(cifar100.classNames).toHaveLength(datasets.CIFAR100.classes);
});
