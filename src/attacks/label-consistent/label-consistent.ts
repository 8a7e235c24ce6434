import { imageBytes, replacedPixels } from "../../datasets/pixels.js";
import { bilinearResize } from "../../datasets/resize.js";
import type { AttackInput, PoisonedData } from "../attack.js";
import { drawPoisons, poisonCount } from "../crafting/draw-poisons.js";
import { triggeredTest } from "../crafting/triggered-test.js";
import { readOptions } from "../options.js";
import { options as table } from "./about.js";
import { adversarialImages, nativePixels } from "./adversarial-images.js";
import { stampCorners } from "./corner-pattern.js";

/**
 * Label-consistent backdoor (Turner et al., arXiv:1912.02771): some images of the target class are perturbed by PGD on a
 * clean model so that their own features become unreliable, then a corner pattern is stamped on them. A model trained
 * on the mixture takes the pattern as evidence for the target class. Where the network takes images of another size than
 * the dataset's, they are perturbed in their own size, and stamped in the network's.
 */
export async function labelConsistentBackdoor(input: AttackInput): Promise<PoisonedData> {
  const { dataset, targetClass } = input;
  const { pixels, labels } = dataset.train;
  const poisonIds = drawPoisons(input, poisonCount(input));
  input.onPoisonsChosen(poisonIds);
  const poisons = await labelConsistentPoisons(input, poisonIds);
  return {
    train: { pixels: replacedPixels(pixels, poisons), labels },
    poisonIds: { lc: poisonIds },
    triggeredTests: { lc: triggeredTest(dataset.test, targetClass, cornerStamp(input)) },
  };
}

/** uint8 [H, W, C] of each of `poisonIds`, of the size that the network takes: perturbed, then stamped. */
export async function labelConsistentPoisons(
  input: AttackInput,
  poisonIds: Int32Array,
): Promise<Map<number, Uint8Array>> {
  const { pixels } = input.dataset.train;
  const native = nativePixels(input);
  const stamp = cornerStamp(input);
  const adversarial = await adversarialImages(input, poisonIds);
  const resize = native === pixels ? (image: Uint8Array) => image.slice() : bilinearResize(native, pixels);
  const size = imageBytes(native);
  const poisons = new Map<number, Uint8Array>();
  poisonIds.forEach((id, row) => {
    const image = resize(adversarial.subarray(row * size, (row + 1) * size));
    stamp(image);
    poisons.set(id, image);
  });
  return poisons;
}

/** What puts the trigger on an image of the size that the network takes, uint8 [H, W, C], in place. */
export function cornerStamp({ dataset, vis, options }: AttackInput): (image: Uint8Array) => void {
  const { amplitude } = readOptions("lc", table, options);
  return (image) => stampCorners(image, dataset.train.pixels, vis, amplitude);
}
