import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AttackInput } from "../../../src/attacks/attack.js";
import { originalPoisons } from "../../../src/attacks/sleeper-agent/original-files.js";
import type { Dataset } from "../../../src/datasets/image-set.js";
import { memoryPixels } from "../../../src/datasets/pixels.js";
import { UserError } from "../../../src/errors.js";
import { createRng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";
import { writeNpy } from "../../../src/store/npy.js";
import { temporaryFolder } from "../../store/temporary-folder.js";

/** As many images as CIFAR-10 has, but tiny ones. */
const count = 50_000;
const size = { height: 2, width: 3, channels: 3 };
const values = 2 * 3 * 3;
const labels = Int32Array.from({ length: count }, (_, id) => (id * 7) % 10);
const levelOf = (id: number, row: number, column: number, channel: number) =>
  (id + 50 * row + 20 * column + channel) % 256;
const images = new Uint8Array(count * values);
images.forEach((_, i) => {
  const [id, at] = [Math.floor(i / values), i % values];
  images[i] = levelOf(id, Math.floor(at / 9), Math.floor(at / 3) % 3, at % 3);
});
const set = { pixels: memoryPixels(images, size), labels };
const dataset: Dataset = {
  name: "CIFAR10",
  classNames: Array.from({ length: 10 }, String),
  train: set,
  test: set,
  normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
  fingerprint: "",
};

function input(datasetDir: string, changes: Partial<AttackInput> = {}): AttackInput {
  const never = async () => {
    throw new Error("no model is needed");
  };
  return {
    dataset,
    targetClass: 7,
    sourceClass: 0,
    poisonShareOfTargetClass: 0.001,
    eps255: 16,
    vis: 255,
    randomPlacement: false,
    options: {},
    cleanModel: never,
    cleanModelHash: never,
    newModel: () => {
      throw new Error("no model is needed");
    },
    rng: createRng("attack"),
    onPoisonsChosen: () => {},
    cacheDir: datasetDir,
    checkpointSeconds: 1000,
    datasetDir,
    reporter: silentReporter,
    ...changes,
  };
}

const setting = "resnet18_sa_7_0_16_0.001_128";
const pathOf = (folder: string, kind: string, stem = setting) => join(folder, `${kind}_poison_${stem}.npy`);

interface Contents {
  readonly positions?: readonly number[];
  readonly brightness?: number;
  readonly labels?: Int32Array;
}

/** Files as the original leaves them: every image a level brighter, so that it can be told from the dataset's. */
async function write(contents: Contents = {}, stem = setting): Promise<string> {
  const folder = await temporaryFolder();
  const positions = contents.positions ?? [4999, 0, 17, 3, 30];
  const x = new Float32Array(count * values);
  x.forEach((_, i) => {
    const [id, channel] = [Math.floor(i / values), Math.floor(i / 6) % 3];
    const [row, column] = [Math.floor(i / 3) % 2, i % 3];
    x[i] = (Math.min(254, levelOf(id, row, column, channel)) + 1) / 255 + (contents.brightness ?? 0);
  });
  const y = new Float32Array(count * 10);
  (contents.labels ?? labels).forEach((label, id) => {
    y[10 * id + label] = 1;
  });
  const ids = BigInt64Array.from(positions, BigInt);
  await writeNpy(pathOf(folder, "indices", stem), { dtype: "int64", shape: [ids.length], data: ids });
  await writeNpy(pathOf(folder, "x", stem), { dtype: "float32", shape: [count, 3, 2, 3], data: x });
  await writeNpy(pathOf(folder, "y", stem), { dtype: "float32", shape: [count, 10], data: y });
  return folder;
}

test("positions within the class become ids, rows [C, H, W] in [0, 1] become images", async () => {
  for (const [stem, randomPlacement] of [
    [setting, false],
    ["resnet_custom_sa_7_0_16_0.001", true],
  ] as const) {
    const folder = await write({}, stem);
    const told: Int32Array[] = [];
    const lines: string[] = [];
    const found = await originalPoisons(
      input(folder, {
        randomPlacement,
        onPoisonsChosen: (ids) => told.push(ids),
        reporter: { ...silentReporter, info: (line) => void lines.push(line) },
      }),
    );
    const members = [...labels.keys()].filter((id) => labels[id] === 7);
    const ids = [0, 3, 17, 30, 4999].map((position) => members[position]);
    expect(found && [...found.poisonIds]).toEqual(ids);
    expect(told).toEqual([found?.poisonIds]);
    const expected = ids.flatMap((id) => [...set.pixels.read(id)].map((level) => Math.min(254, level) + 1));
    expect(found && [...found.images]).toEqual(expected);
    expect(lines[0]).toContain("5 poisons of the original read from");
    expect(await originalPoisons(input(folder, { randomPlacement: !randomPlacement }))).toBeUndefined();
  }
});

test("not used, and said so: other settings, part of the dataset, a file missing", async () => {
  const folder = await write();
  const lines: string[] = [];
  const reporter = { ...silentReporter, info: (line: string) => void lines.push(line) };
  const part = { ...dataset, train: { ...set, pixels: { ...set.pixels, count: 100 } } };
  const unused = (changes: Partial<AttackInput>) => originalPoisons(input(folder, { reporter, ...changes }));
  expect(await unused({ eps255: 8 })).toBeUndefined();
  expect(await unused({ sourceClass: 1 })).toBeUndefined();
  expect(await unused({ dataset: { ...dataset, name: "synthetic" } })).toBeUndefined();
  expect(lines).toEqual([]);
  expect(await unused({ dataset: part })).toBeUndefined();
  await rm(pathOf(folder, "x"));
  expect(await unused({})).toBeUndefined();
  expect(lines.map((line) => line.split(": ").at(-1))).toEqual([
    "the run has 100 images, they are for 50000",
    `x_poison_${setting}.npy is missing`,
  ]);
});

test.each<[string, Contents]>([
  ["it has 4 poisons, the run 5", { positions: [1, 2, 3, 4] }],
  ["5000 is no position among the 5000 images of a class", { positions: [1, 2, 3, 4, 5000] }],
  ["some positions are there twice", { positions: [1, 2, 3, 4, 4] }],
  ["the label of image 9 is not that of the dataset, 3", { labels: labels.with(9, 4) }],
  ["images are between 0 and 1", { brightness: 0.5 }],
])("refused: %s", async (message, contents) => {
  const folder = await write(contents);
  await expect(originalPoisons(input(folder))).rejects.toThrow(message);
});

test("refused: a large file cut short, or a pointer in its place", async () => {
  const folder = await write();
  await truncate(pathOf(folder, "x"), 1000);
  await expect(originalPoisons(input(folder))).rejects.toThrow(
    `${pathOf(folder, "x")} is no readable .npy array`,
  );
  await truncate(pathOf(folder, "x"), 130);
  await expect(originalPoisons(input(folder))).rejects.toThrow(UserError);
});
