import { copyImages, replacedPixels } from "../../datasets/pixels.js";
import { allIds } from "../../datasets/select.js";
import { sampleWithoutReplacement } from "../../random/rng.js";
import type { AttackInput, PoisonedData } from "../attack.js";
import { drawPoisons, poisonCount } from "./draw-poisons.js";
import { triggeredTest } from "./triggered-test.js";

/** Changes an image of the size that the network takes, uint8 [H, W, C], in place. */
type Paint = (image: Uint8Array) => void;

/**
 * Poisons that a fixed trigger is painted on, and nothing else: training and test images get the same.
 * @param name of the attack, for the record
 * @param from target class: images of that class, whose labels stay (clean label); other classes: images of any other class,
 * which get its label (dirty label)
 */
export function paintedPoisons(
  input: AttackInput,
  name: string,
  paint: Paint,
  from: "target class" | "other classes",
): PoisonedData {
  const { dataset, targetClass } = input;
  const { pixels, labels } = dataset.train;
  const count = poisonCount(input);
  const isRelabelled = from === "other classes";
  const poisonIds = isRelabelled ? drawFromOthers(input, count) : drawPoisons(input, count);
  input.onPoisonsChosen(poisonIds);
  const images = new Map(
    Array.from(poisonIds, (id) => {
      const image = copyImages(pixels, Int32Array.of(id));
      paint(image);
      return [id, image] as const;
    }),
  );
  const relabelled = labels.slice();
  for (const id of poisonIds) relabelled[id] = targetClass;
  return {
    train: { pixels: replacedPixels(pixels, images), labels: relabelled },
    poisonIds: { [name]: poisonIds },
    triggeredTests: { [name]: triggeredTest(dataset.test, targetClass, paint) },
  };
}

/** int32, ascending rows of images that are not of the target class. */
function drawFromOthers({ dataset, targetClass, rng }: AttackInput, count: number): Int32Array {
  const { labels } = dataset.train;
  const others = allIds(labels.length).filter((id) => labels[id] !== targetClass);
  return sampleWithoutReplacement(rng.fork("poison-ids"), others, count).sort();
}
