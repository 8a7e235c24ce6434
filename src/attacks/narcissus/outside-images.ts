import { join } from "node:path";
import { fingerprint } from "../../datasets/fingerprint.js";
import { readImageFolder } from "../../datasets/image-folder.js";
import type { ImageSet } from "../../datasets/image-set.js";
import { tinyImagenetFolder } from "../../datasets/tiny-imagenet/about.js";
import { findTinyImagenet } from "../../datasets/tiny-imagenet/layout.js";
import { UserError } from "../../errors.js";
import type { AttackInput } from "../attack.js";
import type { Options } from "./about.js";

/** Public images that are not the victim's: what an attacker who has only the target class's images learns from. */
export interface OutsideImages {
  /** Labels 0 … classes - 1. */
  readonly set: ImageSet;
  readonly classes: number;
  /** SHA-256 (hex) of images and labels. */
  readonly fingerprint: string;
}

/**
 * The images of the folder that was named, else those that come with the dataset, else of Tiny-ImageNet in the dataset
 * folder, in the dataset's size.
 * @param perClass how many of each class are taken of those that come with the dataset
 * @throws UserError when there are none, or naming one that cannot be read
 */
export async function outsideImages(
  input: AttackInput,
  { pood, pood_images: maxImages }: Pick<Options, "pood" | "pood_images">,
  perClass: number,
): Promise<OutsideImages> {
  const { dataset, datasetDir, onBadImage = "error", reporter, signal } = input;
  if (dataset.outsideImages && pood === "") return described(dataset.outsideImages(perClass));
  const folder = pood === "" ? await findTinyImagenet(datasetDir) : pood;
  if (folder === undefined) {
    throw new UserError(
      "The attack narcissus needs outside images, and there are none.",
      `Put Tiny-ImageNet into ${join(datasetDir, tinyImagenetFolder)} (its train folder is enough), or name any folder of images with --attack_opt pood=DIR.`,
    );
  }
  const cacheDir = join(datasetDir, "decoded");
  const { height } = dataset.train.pixels;
  return described(
    await readImageFolder(folder, height, { cacheDir, maxImages, onBadImage, reporter, signal }),
  );
}

function described(set: ImageSet): OutsideImages {
  const classes = set.labels.reduce((highest, label) => Math.max(highest, label), 0) + 1;
  return { set, classes, fingerprint: fingerprint(set) };
}
