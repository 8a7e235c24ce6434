import type { Normalization } from "../../datasets/image-set.js";
import { imageBytes, replacedPixels } from "../../datasets/pixels.js";
import type { Attack } from "../attack.js";
import { sourceTriggeredTest } from "../crafting/trigger-patch.js";
import { originalPoisons } from "./original-files.js";
import { patchPainter } from "./patch.js";
import { ownPoisons } from "./poisons.js";

/** Mean and standard deviation of CIFAR-10's channels, as the published clean model has them. */
const cifarStatistics: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

/**
 * Hidden Trigger (Saha et al., arXiv:1910.00033): images of the target class are moved, within a small ball, to where a
 * clean network's features are those of patched images of the source class. A new head trained on them takes the patch on
 * such images as evidence for the target class, though no training image shows it.
 */
export const hiddenTrigger: Attack = {
  prepare: ({ name, train, normalization }) =>
    train.pixels.height === 32
      ? { normalization: cifarStatistics, augmentation: "none" }
      : { normalization, augmentation: name === "imagenet" ? "flip" : "none" },
  poison: async (input) => {
    const { dataset, sourceClass, targetClass } = input;
    const { pixels, labels } = dataset.train;
    const { poisonIds, images, place } = (await originalPoisons(input)) ?? (await ownPoisons(input));
    const size = imageBytes(pixels);
    const poisons = new Map<number, Uint8Array>();
    poisonIds.forEach((id, row) => {
      poisons.set(id, images.subarray(row * size, (row + 1) * size));
    });
    const paint = patchPainter(pixels, place);
    return {
      train: { pixels: replacedPixels(pixels, poisons), labels },
      poisonIds: { ht: poisonIds },
      triggeredTests: { ht: sourceTriggeredTest(dataset.test, sourceClass, targetClass, paint) },
    };
  },
};
