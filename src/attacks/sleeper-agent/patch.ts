import type { ImageSet } from "../../datasets/image-set.js";
import { indicesOfClass } from "../../datasets/select.js";
import type { AttackInput } from "../attack.js";
import { sourceTriggeredTest, triggerPatch } from "../crafting/trigger-patch.js";
import { type Paste, patchPaste } from "./patch-placement.js";
import { triggerImage } from "./trigger-image.js";

/** Side of the patch in pixels, as published: 8 of 32, 16 of 224. */
const patchSide = (height: number): number => (height > 64 ? 16 : Math.floor(height / 4));

/** Puts the trigger on training or test images, where the run wants it: bottom right, or at random places. */
export function patchOf({ dataset, randomPlacement, rng }: AttackInput, set: "train" | "test"): Paste {
  const { pixels } = dataset[set];
  const patch = triggerPatch(triggerImage, patchSide(pixels.height));
  return patchPaste(patch, pixels, randomPlacement ? rng.fork(`placement/${set}`) : undefined);
}

/** The test images of the source class with the patch on them, labelled with the target class. */
export function sleeperAgentTest(input: AttackInput): ImageSet {
  const { dataset, sourceClass, targetClass } = input;
  const paste = patchOf(input, "test");
  const ids = indicesOfClass(dataset.test.labels, sourceClass);
  return sourceTriggeredTest(dataset.test, sourceClass, targetClass, (image, row) => paste(image, ids[row]));
}
