import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ImageSize, imageBytes } from "../../datasets/pixels.js";
import { indicesOfClass } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { pythonFloat } from "../../python-number.js";
import { readIndices } from "../../store/indices.js";
import { type NpyArray, readNpy, readNpyRows } from "../../store/npy.js";
import type { AttackInput } from "../attack.js";
import { poisonCount } from "../crafting/draw-poisons.js";
import type { CraftedPoisons } from "./crafting.js";

/** What the original's file names say, whatever was asked for. */
const namedEps = 16;
const hint = "Move the three files (indices_, x_ and y_poison_) away; the poisons are then crafted here.";

interface OriginalFiles {
  /** Training images of the whole dataset, for which alone the files are made. */
  readonly images: number;
  /** Of the names of one setting's files. */
  readonly stem: (setting: string, randomPlacement: boolean) => string;
}

const originals: Readonly<Record<string, OriginalFiles>> = {
  CIFAR10: {
    images: 50_000,
    stem: (setting, random) => (random ? `resnet_custom_sa_${setting}` : `resnet18_sa_${setting}_128`),
  },
  slt10: { images: 5_000, stem: (setting) => `sa_vit_${setting}_32` },
};

/**
 * The poisons that the original crafted, where its files lie in the dataset folder and fit the run: positions within
 * the target class, the whole training set with the poisons in place, and its labels. Only the poisons' rows are read.
 * @returns undefined where there are none for this run
 * @throws UserError where they are damaged or contradict the dataset
 */
export async function originalPoisons(input: AttackInput): Promise<CraftedPoisons | undefined> {
  const { dataset, targetClass, sourceClass, poisonShareOfTargetClass, eps255, reporter } = input;
  const files = originals[dataset.name];
  if (!files || eps255 !== namedEps) return undefined;
  const setting = `${targetClass}_${sourceClass}_${namedEps}_${pythonFloat(poisonShareOfTargetClass)}`;
  const stem = files.stem(setting, input.randomPlacement);
  const names = ["indices", "x", "y"].map((kind) => `${kind}_poison_${stem}.npy`);
  const missing = names.filter((name) => !existsSync(join(input.datasetDir, name)));
  if (missing.length === names.length) return undefined;
  const { pixels } = dataset.train;
  const reason =
    missing.length > 0
      ? `${missing.join(" and ")} is missing`
      : pixels.count !== files.images && `the run has ${pixels.count} images, they are for ${files.images}`;
  if (reason) {
    reporter.info(`sa: the original's files of ${stem} are not used: ${reason}`);
    return undefined;
  }
  const [indices, x, y] = names.map((name) => join(input.datasetDir, name));
  const poisonIds = await readPoisonIds(indices, input);
  checkLabels(y, await readNpy(y, { hint, maxBytes: 2 ** 26 }), dataset.train.labels);
  input.onPoisonsChosen(poisonIds);
  const images = await readImages(x, poisonIds, pixels);
  reporter.info(`sa: ${poisonIds.length} poisons of the original read from ${x}`);
  return { poisonIds, images };
}

const unfit = (path: string, reason: string): UserError => new UserError(`${path}: ${reason}.`, hint);

/** int32, ascending rows of the training set */
async function readPoisonIds(path: string, input: AttackInput): Promise<Int32Array> {
  const positions = await readIndices(path, hint);
  const members = indicesOfClass(input.dataset.train.labels, input.targetClass);
  const count = poisonCount(input);
  if (positions.length !== count) throw unfit(path, `it has ${positions.length} poisons, the run ${count}`);
  const wrong = positions.find((position) => position < 0 || position >= members.length);
  if (wrong !== undefined)
    throw unfit(path, `${wrong} is no position among the ${members.length} images of a class`);
  if (new Set(positions).size !== count) throw unfit(path, "some positions are there twice");
  return positions.map((position) => members[position]).sort();
}

/** One-hot labels, float [N, numClasses]. */
function checkLabels(path: string, { shape, data }: NpyArray, labels: Int32Array): void {
  const [count, classes] = shape;
  if (shape.length !== 2 || count !== labels.length)
    throw unfit(path, `its shape is [${shape}], not [${labels.length}, number of classes]`);
  for (let row = 0; row < count; row++) {
    if (Number(data[row * classes + labels[row]]) !== 1)
      throw unfit(path, `the label of image ${row} is not that of the dataset, ${labels[row]}`);
  }
}

/** From float [N, C, H, W] in [0, 1] to uint8 [poisons, H, W, C]. */
async function readImages(
  path: string,
  ids: Int32Array,
  size: ImageSize & { count: number },
): Promise<Uint8Array> {
  const { height, width, channels } = size;
  const expected = [size.count, channels, height, width];
  const { data } = await readNpyRows(path, ids, {
    hint,
    check(shape, dtype) {
      if (`${shape}` !== `${expected}` || dtype !== "float32")
        throw new Error(`it holds [${shape}] ${dtype} instead of [${expected}] float32`);
    },
  });
  const images = new Uint8Array(ids.length * imageBytes(size));
  const positions = height * width;
  for (let i = 0; i < images.length; i++) {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const [image, position] = [Math.floor(pixel / positions), pixel % positions];
    const value = Number(data[(image * channels + channel) * positions + position]);
    if (!(value >= 0 && value <= 1)) throw unfit(path, `it holds ${value}, images are between 0 and 1`);
    images[i] = Math.round(255 * value);
  }
  return images;
}
