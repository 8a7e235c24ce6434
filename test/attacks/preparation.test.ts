import { expect, test } from "vitest";
import { preparationFor } from "../../src/attacks/preparation.js";
import { attacks } from "../../src/attacks/registry.js";
import { syntheticDataset } from "../../src/datasets/synthetic/synthetic.js";

const dataset = syntheticDataset({ seed: 1, trainPerClass: 1, testPerClass: 1 });

test("training images are augmented as the attack says, where the dataset does not say", () => {
  const kinds = Object.values(attacks).map((attack) => preparationFor(attack, dataset).augmentation);
  expect(new Set(kinds)).toEqual(new Set(["none", "flip", "crop-flip"]));
  for (const attack of Object.values(attacks)) {
    const flipped = preparationFor(attack, { ...dataset, augmentation: "flip" });
    expect(flipped).toEqual({ ...attack.prepare(dataset), augmentation: "flip" });
  }
});
