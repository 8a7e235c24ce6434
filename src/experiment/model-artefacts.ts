import type { Dataset } from "../datasets/image-set.js";
import { messageOf, RunError, UserError } from "../errors.js";
import { createModel } from "../models/create-model.js";
import { fitState } from "../models/fit-state.js";
import type { Model } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import { readCheckpoint, writeCheckpoint } from "../store/checkpoint.js";
import { programVersion } from "../version.js";
import { type ArtefactKind, configForComparison, type FlagRecord } from "./comparison.js";
import { checkOrigin } from "./recorded-settings.js";
import type { RunConfig } from "./run-config.js";

/** A network of the run's kind with fresh weights. */
export function newModel(config: RunConfig, dataset: Dataset, rng: Rng = createRng("unset")): Model {
  const { height, width, channels } = dataset.train.pixels;
  return createModel(config.model, {
    classes: dataset.classNames.length,
    inputShape: [height, width, channels],
    rng: rng.fork("weights"),
  });
}

/**
 * Saves a model with the flags it depends on and the dataset it has seen.
 * @throws RunError when a weight is not finite: the last step of a training shows in no loss
 */
export async function saveModel(
  path: string,
  model: Model,
  dependsOn: FlagRecord,
  dataset: Dataset,
): Promise<void> {
  const state = await model.stateDict();
  for (const [name, { data }] of state) {
    if (data.every(Number.isFinite)) continue;
    throw new RunError(
      `Training diverged: ${name} is not finite.`,
      "Try a smaller --lr. Earlier results are kept.",
    );
  }
  await writeCheckpoint(path, state, {
    config: JSON.stringify(dependsOn),
    dataset: dataset.fingerprint,
    version: programVersion,
  });
}

/**
 * Loads a saved model, fitted to the size of the run's images.
 * @param dependsOn the flags it must have been made with; where the file says nothing, only the weights must fit
 * @param freshHead allows a model of other classes, whose head is replaced by a fresh one from this stream
 * @throws UserError naming the flags that differ, or why the weights do not fit
 */
export async function loadModel(
  path: string,
  config: RunConfig,
  dataset: Dataset,
  dependsOn: FlagRecord,
  makeAgain = "--force to train it again",
  freshHead?: Rng,
): Promise<Model> {
  const { state, metadata } = await readCheckpoint(path);
  checkOrigin(path, metadata, dependsOn, dataset.fingerprint, makeAgain);
  const model = newModel(config, dataset);
  try {
    model.loadStateDict(await fitState(state, model, freshHead));
    return model;
  } catch (cause) {
    model.dispose();
    const reason = messageOf(cause);
    throw new UserError(`${path} does not hold a ${config.model}: ${reason}`, "Check --model and the path.", {
      cause,
    });
  }
}

/** The flags a model of this kind depends on. */
export const modelSettings = (config: RunConfig, kind: ArtefactKind, epochs?: number): FlagRecord =>
  configForComparison(config, kind, epochs);
