import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describePlan } from "../../src/cli/plan-text.js";
import { loadDataset } from "../../src/datasets/load-dataset.js";
import { type DatasetName, datasetNames, datasets } from "../../src/datasets/registry.js";
import type { RawFlags } from "../../src/experiment/flags/flags.js";
import { planRun } from "../../src/experiment/plan.js";
import { findDataset } from "../../src/experiment/plan-dataset.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { silentReporter } from "../../src/reporter.js";
import { withFolder, writeBinaryLayout } from "../datasets/cifar-files.js";
import { writeStlLayout } from "../datasets/stl10-files.js";
import { writeTinyLayout } from "../datasets/tiny-imagenet-files.js";

const load = (name: DatasetName, datasetDir: string) =>
  loadDataset(name, { datasetDir, seed: 1, reporter: silentReporter });

/** The line of a plan that says where the images come from, and the one after it. */
async function dataLines(
  dataset: DatasetName,
  datasetDir: string,
  changes: RawFlags = {},
): Promise<string[]> {
  const raw = { dataset, dataset_dir: datasetDir, attack: "ht", poisoned_training: true, ...changes };
  const config = parseRunConfig(raw);
  const lines = describePlan(config, await planRun(config));
  const at = lines.findIndex((line) => line.startsWith("data: "));
  return lines.slice(at, at + 2);
}

const small = {
  CIFAR10: { folder: "cifar-10-batches-bin", write: writeBinaryLayout, train: 10, test: 2 },
  slt10: { folder: "stl10_binary", write: writeStlLayout, train: 6, test: 3 },
  imagenet: {
    folder: "tiny-imagenet-200",
    write: (folder: string) => writeTinyLayout(folder, 4, 2),
    train: 8,
    test: 4,
  },
} as const;

describe.each(Object.keys(small) as (keyof typeof small)[])("%s", (name) => {
  const { folder: inside, write, train, test: testImages } = small[name];

  test("a plan counts the images that a run would load, and says that the dataset has more", () =>
    withFolder(async (folder) => {
      await write(join(folder, inside));
      const loaded = await load(name, folder);
      expect([loaded.train.labels.length, loaded.test.labels.length]).toEqual([train, testImages]);
      const [line] = await dataLines(name, folder);
      const { classes, perClass } = datasets[name];
      const whole = [perClass.train, perClass.test].map((count) => (classes * count).toLocaleString("en"));
      expect(line).toContain(`data: ${train} training images, ${testImages} test images (`);
      expect(line).toContain(`${inside}, on disk; whole, it has ${whole.join(" and ")})`);
    }));

  test("a plan says that a folder cannot be used, in the words of the run that refuses it", () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, inside));
      const refusal = await load(name, folder).catch((error: Error) => error.message);
      const [first, second] = await dataLines(name, folder);
      expect(first).toMatch(/ test images when complete$/);
      expect(second).toBe(`      UNUSABLE as it is: ${refusal}`);
    }));

  test("where there is no folder it would be downloaded", () =>
    withFolder(async (folder) => {
      const [line] = await dataLines(name, folder);
      expect(line).toContain(`(${join(folder, inside)}, missing: downloaded first)`);
    }));
});

test.each([
  ["CIFAR10", "cifar-10-batches-bin/data_batch_2.bin", writeBinaryLayout],
  ["slt10", "stl10_binary/test_X.bin", writeStlLayout],
] as const)("%s with a file that is cut short is refused in a plan as in a run", (name, file, write) =>
  withFolder(async (folder) => {
    await write(join(folder, file, ".."));
    await truncate(join(folder, file), 5000);
    const refusal = await load(name, folder).catch((error: Error) => error.message);
    expect(await findDataset({ dataset: name, datasetDir: folder })).toEqual({
      state: "unusable",
      problem: refusal,
    });
  }),
);

test("of pickled files the sizes tell about how many images they hold", () =>
  withFolder(async (folder) => {
    // Of the official files.
    const sizes = [31_035_704, 31_035_320, 31_035_999, 31_035_696, 31_035_623];
    const put = async (name: string, bytes: number) => {
      await writeFile(join(folder, name), "");
      await truncate(join(folder, name), bytes);
    };
    for (const [i, bytes] of sizes.entries()) await put(`data_batch_${i + 1}`, bytes);
    await put("test_batch", 31_035_526);
    const about = "data: about 50,000 training images, about 10,000 test images (";
    expect((await dataLines("CIFAR10", folder))[0]).toBe(`${about}${folder}, on disk)`);
    const limited = await dataLines("CIFAR10", folder, { limit_per_class: "20" });
    expect(limited[0]).toContain("data: 200 training images, 40 test images (");
    for (const i of [1, 2, 3, 4, 5]) await put(`data_batch_${i}`, 5000);
    expect((await dataLines("CIFAR10", folder))[0]).toContain("data: about 8 training images, ");
    await rm(join(folder, "data_batch_3"));
    expect(await findDataset({ dataset: "CIFAR10", datasetDir: folder })).toEqual({
      state: "missing",
      path: join(folder, "cifar-10-batches-bin"),
    });
  }));

test("what is made on the spot is on no disk; every other dataset says where it lies", async () => {
  expect(await findDataset({ dataset: "synthetic", datasetDir: "nowhere" })).toEqual({
    state: "made on the spot",
  });
  const onDisk = datasetNames.filter((name) => datasets[name].disk !== undefined);
  expect(onDisk).toEqual(datasetNames.filter((name) => name !== "synthetic"));
});
