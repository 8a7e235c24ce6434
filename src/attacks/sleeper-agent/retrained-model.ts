import type { ImageSet } from "../../datasets/image-set.js";
import { allIds } from "../../datasets/select.js";
import { aboutModel } from "../../models/registry.js";
import type { Model } from "../../nn/model.js";
import type { Rng } from "../../random/rng.js";
import { createOptimizer } from "../../training/optimizer.js";
import type { AttackInput } from "../attack.js";
import type { CraftingProgress } from "../crafting/crafting-progress.js";
import { trainOn } from "../crafting/network-training.js";

const batchSize = 128;

interface Retraining {
  /** The training set with the poisons as they are. */
  readonly set: ImageSet;
  readonly epochs: number;
  readonly rng: Rng;
  /** Called before each batch; it may throw. */
  readonly onBatch: (count: number) => Promise<void>;
  /** How far it is; the caller removes it. */
  readonly progress: CraftingProgress;
}

/**
 * The victim as it would become now: a network of the run's kind trained on the poisoned set, as published (SGD, cosine,
 * flips). A vision transformer does not learn from nothing, so it goes on from the clean model, at a smaller rate.
 * @returns the model, owned by the caller
 */
export async function retrainedModel(
  { dataset, newModel, signal }: Pick<AttackInput, "dataset" | "newModel" | "signal">,
  clean: Model,
  { set, epochs, rng, onBatch, progress }: Retraining,
): Promise<Model> {
  const model = newModel(rng.fork("weights"));
  const goesOn = aboutModel(model.name)?.retrainsFromClean === true;
  const initialRate = goesOn ? 0.01 : 0.1;
  const optimizer = createOptimizer("sgd", initialRate);
  const ids = allIds(set.labels.length);
  const data = { set, ids, normalization: dataset.normalization, augmentation: "flip" } as const;
  try {
    if (goesOn) model.loadStateDict(await clean.stateDict());
    await trainOn(progress, model, data, optimizer, {
      batchSize,
      schedule: { optimizer: "sgd", initialRate, period: epochs },
      endEpoch: epochs,
      trainingMode: true,
      rng,
      label: "sa: retraining",
      signal,
      beforeStep: (batchIds) => onBatch(batchIds.length),
    });
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    optimizer.dispose();
  }
}
