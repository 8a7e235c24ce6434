import { join } from "node:path";
import { imageBytes } from "../../datasets/pixels.js";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { pythonFloat } from "../../python-number.js";
import { readNpy } from "../../store/npy.js";
import type { AttackInput } from "../attack.js";
import { poisonCount } from "../crafting/draw-poisons.js";
import { type PatchGeometry, patchPlace } from "./patch.js";
import type { Poisons } from "./poisons.js";

/** What the original's poisons of a dataset were made with. */
interface Original {
  readonly stem: string;
  /** Classes in the order in which the name has them. */
  readonly order: "source target" | "target source";
  /** Training images of the whole dataset; ids mean nothing in a part of it. */
  readonly images: number;
  readonly geometry: PatchGeometry;
}

const originals: Readonly<Record<string, Original>> = {
  CIFAR10: { stem: "art_model", order: "source target", images: 50_000, geometry: "scaled" },
  slt10: { stem: "stl10_vit", order: "target source", images: 5_000, geometry: "legacy" },
  imagenet: { stem: "imgnet_vit", order: "target source", images: 50_000, geometry: "scaled" },
};

/** The original knew no other bound, whatever its flag said. */
const originalEps = 16;

const hint = "Move both files away; the poisons are then crafted here.";

/**
 * The poisons that the original left under the dataset folder, float32 [N, 3, H, W] in [0, 1] beside int64 [N] rows of the
 * training set. They are taken where the run asks for what they are: the whole dataset, a bound of 16, no crafting option.
 * @returns undefined where there are none, or others are asked for
 * @throws UserError when they are damaged, or not of these images
 */
export async function originalPoisons(input: AttackInput): Promise<Poisons | undefined> {
  const { dataset, reporter } = input;
  const { pixels } = dataset.train;
  const original = Object.hasOwn(originals, dataset.name) ? originals[dataset.name] : undefined;
  if (original?.images !== pixels.count) return undefined;
  const [dataFile, indexFile] = ["data", "indices"].map((what) => filePath(input, original, what));
  if (!(await exists(dataFile)) || !(await exists(indexFile))) return undefined;
  const isOriginal =
    input.eps255 === originalEps && Object.keys(input.options).every((name) => name.startsWith("clean_"));
  if (!isOriginal) {
    reporter.info(`ht: ${dataFile} was made with --eps ${originalEps} and no --attack_opt; it is left aside`);
    return undefined;
  }
  const count = poisonCount(input, "up");
  const drawn = await readIds(indexFile, input, count);
  const poisonIds = drawn.slice().sort();
  input.onPoisonsChosen(poisonIds);
  const levels = await readImages(dataFile, input, drawn);
  const size = imageBytes(pixels);
  const images = new Uint8Array(levels.length);
  poisonIds.forEach((id, row) => {
    const from = drawn.indexOf(id) * size;
    images.set(levels.subarray(from, from + size), row * size);
  });
  const place = patchPlace(pixels, original.geometry);
  reporter.info(`ht: ${count} poisons read from ${dataFile}; their patch is ${place.side} pixels wide`);
  return { poisonIds, images, place };
}

function filePath(input: AttackInput, { stem, order }: Original, what: string): string {
  const { sourceClass, targetClass, poisonShareOfTargetClass: share } = input;
  const classes = order === "source target" ? [sourceClass, targetClass] : [targetClass, sourceClass];
  return join(
    input.datasetDir,
    `poison_${what}_htbd_${[stem, pythonFloat(share), ...classes].join("_")}.npy`,
  );
}

/** int32 [count], in the file's order: distinct, all of the target class. */
async function readIds(
  path: string,
  { dataset, targetClass }: AttackInput,
  count: number,
): Promise<Int32Array> {
  const { labels } = dataset.train;
  const { dtype, data } = await readNpy(path, { hint, maxBytes: 8 * count });
  const ids = Int32Array.from(data, Number);
  const problem =
    (dtype !== "int64" && `holds ${dtype}, not int64`) ||
    (ids.length !== count && `holds ${ids.length} ids, not ${count}`) ||
    (new Set(ids).size !== count && "names an image twice") ||
    (ids.some((id) => labels[id] !== targetClass) && `names images that are not of class ${targetClass}`);
  if (problem) throw new UserError(`${path} ${problem}.`, hint);
  return ids;
}

/** uint8 [ids, H, W, C] in that order, each within the bound of its image. */
async function readImages(path: string, { dataset }: AttackInput, ids: Int32Array): Promise<Uint8Array> {
  const { pixels } = dataset.train;
  const { height, width, channels } = pixels;
  const size = imageBytes(pixels);
  const { dtype, shape, data } = await readNpy(path, { hint, maxBytes: 4 * ids.length * size });
  const expected = [ids.length, channels, height, width];
  if (dtype !== "float32" || `${shape}` !== `${expected}`)
    throw new UserError(`${path} is [${shape}] ${dtype}, not [${expected}] float32.`, hint);
  // Written so that it holds for NaN as well.
  if (!data.every((value) => value >= 0 && value <= 1))
    throw new UserError(`${path} has values outside [0, 1].`, hint);
  const area = height * width;
  const images = new Uint8Array(ids.length * size);
  ids.forEach((id, row) => {
    const source = pixels.read(id);
    for (let i = 0; i < size; i++) {
      const level = Math.round(data[row * size + (i % channels) * area + Math.floor(i / channels)] * 255);
      if (Math.abs(level - source[i]) > originalEps)
        throw new UserError(
          `${path} does not belong to these images: poison ${row} is not near image ${id}.`,
          hint,
        );
      images[row * size + i] = level;
    }
  });
  return images;
}
