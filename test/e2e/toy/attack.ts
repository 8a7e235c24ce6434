import type { Attack } from "../../../src/attacks/attack.js";
import { drawPoisons, poisonCount } from "../../../src/attacks/crafting/draw-poisons.js";
import { shareOfClass } from "../../../src/attacks/crafting/share-of-class.js";
import { count, readOptions } from "../../../src/attacks/options.js";
import { paintedPixels, replacedPixels } from "../../../src/datasets/pixels.js";
import { indicesOfClass, selectImages } from "../../../src/datasets/select.js";

const options = { toy_side: count(3, "side of the toy's white square, pixels") };

/** A white square in the first corner of some images of the target class. */
export const toyAttack: Attack = {
  options,
  flags: ["source_class"],
  notFor: ["imagenet"],
  needsCleanModel: false,
  prepare: ({ normalization }) => ({ normalization, augmentation: "none" }),
  plan: ({ targetClass }, { share }) => ({
    toy: { poisons: shareOfClass(targetClass, share), triggered: "source class", passes: 0 },
  }),
  async poison(input) {
    const { dataset, sourceClass, targetClass } = input;
    const { toy_side } = readOptions("toy", options, input.options);
    const { pixels, labels } = dataset.train;
    const { width, channels } = pixels;
    const stamp = (image: Uint8Array): Uint8Array => {
      for (let row = 0; row < toy_side; row++)
        image.fill(255, row * width * channels, (row * width + toy_side) * channels);
      return image;
    };
    const poisonIds = drawPoisons(input, poisonCount(input));
    input.onPoisonsChosen(poisonIds);
    const poisons = new Map([...poisonIds].map((id) => [id, stamp(pixels.read(id).slice())]));
    const source = selectImages(dataset.test, indicesOfClass(dataset.test.labels, sourceClass));
    return {
      train: { pixels: replacedPixels(pixels, poisons), labels },
      poisonIds: { toy: poisonIds },
      triggeredTests: {
        toy: { pixels: paintedPixels(source.pixels, stamp), labels: source.labels.map(() => targetClass) },
      },
    };
  },
};
