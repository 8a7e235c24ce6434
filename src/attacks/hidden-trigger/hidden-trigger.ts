import { imageBytes, replacedPixels } from "../../datasets/pixels.js";
import type { AttackInput, PoisonedData } from "../attack.js";
import { sourceTriggeredTest } from "../crafting/trigger-patch.js";
import { originalPoisons } from "./original-files.js";
import { patchPainter } from "./patch.js";
import { ownPoisons } from "./poisons.js";

/**
 * Hidden Trigger (Saha et al., arXiv:1910.00033): images of the target class are moved, within a small ball, to where a
 * clean network's features are those of patched images of the source class. A new head trained on them takes the patch on
 * such images as evidence for the target class, though no training image shows it.
 */
export async function hiddenTriggerBackdoor(input: AttackInput): Promise<PoisonedData> {
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
}
