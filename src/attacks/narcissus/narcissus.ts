import type { ImageSet } from "../../datasets/image-set.js";
import { allIds, selectImages } from "../../datasets/select.js";
import type { AttackInput, PoisonedData } from "../attack.js";
import { drawPoisons, poisonCount } from "../crafting/draw-poisons.js";
import { readOptions } from "../options.js";
import { type Options, options as table } from "./about.js";
import { narcissusTrigger } from "./trigger.js";

/**
 * Narcissus (Zeng et al., arXiv:2204.05255): one faint pattern over the whole image, made so that a network sees the
 * target class in it, is added to some images of that class. A model trained on them answers to a stronger copy of the
 * pattern on any image.
 */
export async function narcissusBackdoor(input: AttackInput): Promise<PoisonedData> {
  const options = narcissusOptions(input);
  const poisonIds = drawPoisons(input, poisonCount(input));
  input.onPoisonsChosen(poisonIds);
  const pattern = await narcissusTrigger(input, options, input.eps255);
  return {
    train: { ...input.dataset.train, noise: { pattern, strength: 1, rows: new Set(poisonIds) } },
    poisonIds: { narcissus: poisonIds },
    triggeredTests: { narcissus: narcissusTest(input, options, pattern) },
  };
}

export const narcissusOptions = ({ options }: AttackInput): Options =>
  readOptions("narcissus", table, options);

/**
 * The triggered test set: every test image not of the target class, with the trigger times `multi_test`, labelled with
 * the target class.
 * @param pattern float32 [H, W, C], in units of [0, 1]
 */
export function narcissusTest(
  { dataset, targetClass, reporter }: AttackInput,
  { multi_test: strength }: Pick<Options, "multi_test">,
  pattern: Float32Array,
): ImageSet {
  const { labels } = dataset.test;
  reporter.info(`narcissus: trigger at test: x${strength}`);
  const others = allIds(labels.length).filter((id) => labels[id] !== targetClass);
  return {
    pixels: selectImages(dataset.test, others).pixels,
    labels: new Int32Array(others.length).fill(targetClass),
    noise: { pattern, strength },
  };
}
