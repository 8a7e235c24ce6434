import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { labelConsistent } from "../../../src/attacks/label-consistent/about.js";
import { stampCorners } from "../../../src/attacks/label-consistent/corner-pattern.js";
import type { Dataset, ImageSet } from "../../../src/datasets/image-set.js";
import { memoryPixels } from "../../../src/datasets/pixels.js";
import { bilinearResize, resizedPixels } from "../../../src/datasets/resize.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { createModel } from "../../../src/models/create-model.js";
import { createRng } from "../../../src/random/rng.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { commonInput } from "../attack-input.js";

beforeAll(async () => {
  await startEngine();
});

/** Top left pixels (row, column) of the pattern's 12x12 squares on a 224x224 image, as published. */
const published = [
  ...[
    [0, 0],
    [12, 12],
    [24, 0],
    [24, 24],
  ],
  ...[
    [0, 212],
    [12, 200],
    [24, 188],
    [24, 212],
  ],
  ...[
    [188, 0],
    [200, 12],
    [212, 0],
    [212, 24],
  ],
  ...[
    [188, 212],
    [200, 200],
    [212, 188],
    [212, 212],
  ],
];

test.each(["replace", "add"] as const)(
  "224x224 images get the published squares and nothing else: %s",
  (amplitude) => {
    const side = 224;
    const image = new Uint8Array(side * side * 3).fill(77);
    stampCorners(image, { height: side, width: side, channels: 3 }, 150, amplitude);
    let stamped = 0;
    for (let at = 0; at < image.length; at++) {
      const [row, column] = [Math.floor(at / 3 / side), Math.floor(at / 3) % side];
      const inside = published.some(([r, c]) => row >= r && row < r + 12 && column >= c && column < c + 12);
      if (inside) stamped++;
      const expected = amplitude === "add" ? 227 : 150;
      if (image[at] !== (inside ? expected : 77)) throw new Error(`${image[at]} at ${row}, ${column}`);
    }
    expect(stamped).toBe(2304 * 3);
  },
);

const [small, large] = [20, 80];

function noise(seed: string, count: number): ImageSet {
  const rng = createRng(seed);
  const images = Uint8Array.from({ length: count * small * small * 3 }, () => 60 + rng.int(130));
  const pixels = memoryPixels(images, { height: small, width: small, channels: 3 });
  return { pixels, labels: Int32Array.from({ length: count }, (_, i) => i % 3) };
}

/** Images of 20x20 for a network that takes 80x80. */
function enlargedDataset(): Dataset {
  const [train, test] = [noise("train", 12), noise("test", 6)];
  return {
    name: "imagenet",
    classNames: ["a", "b", "c"],
    train: { ...train, pixels: resizedPixels(train.pixels, large) },
    test: { ...test, pixels: resizedPixels(test.pixels, large) },
    native: { train: train.pixels, test: test.pixels },
    normalization: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    fingerprint: "of the noise",
  };
}

test("poisons are perturbed in their own size, and stamped after the resize", async () => {
  const before = tf.memory().numTensors;
  const dataset = enlargedDataset();
  const { native } = dataset;
  const cacheDir = await temporaryFolder();
  let models = 0;
  const newModel = () =>
    createModel("ResNet8", { classes: 3, inputShape: [large, large, 3], width: 2, rng: createRng("m") });
  const poison = async () =>
    labelConsistent.poison({
      dataset,
      targetClass: 1,
      sourceClass: 0,
      poisonShareOfTargetClass: 0.5,
      eps255: 8,
      vis: 190,
      options: { steps: 6 },
      cleanModel: async () => {
        models++;
        return newModel();
      },
      newModel,
      ...commonInput(cacheDir),
    });
  const { train, poisonIds, triggeredTests } = await poison();
  expect(tf.memory().numTensors).toBe(before);

  const [png] = (await readdir(cacheDir)).filter((name) => name.endsWith(".png"));
  const crafted = await sharp(await readFile(join(cacheDir, png)))
    .raw()
    .toBuffer();
  expect(crafted).toHaveLength(2 * small * small * 3);
  const resize = bilinearResize(
    { height: small, width: small, channels: 3 },
    { height: large, width: large },
  );
  const size = { height: large, width: large, channels: 3 };
  poisonIds.lc.forEach((id, row) => {
    const image = crafted.subarray(row * small * small * 3, (row + 1) * small * small * 3);
    const original = native?.train.read(id) ?? [];
    expect(Math.max(...image.map((level, i) => Math.abs(level - original[i])))).toBe(8);
    const expected = resize(new Uint8Array(image));
    stampCorners(expected, size, 190);
    expect(train.pixels.read(id)).toEqual(expected);
  });
  for (let id = 0; id < 12; id++)
    if (!poisonIds.lc.includes(id)) expect(train.pixels.read(id)).toEqual(dataset.train.pixels.read(id));
  const first = dataset.test.pixels.read(0).slice();
  stampCorners(first, size, 190);
  expect(triggeredTests.lc.pixels.read(0)).toEqual(first);
  expect([...triggeredTests.lc.labels]).toEqual([1, 1, 1, 1]);

  const again = await poison();
  expect(models).toBe(1);
  for (const id of poisonIds.lc) expect(again.train.pixels.read(id)).toEqual(train.pixels.read(id));
});
