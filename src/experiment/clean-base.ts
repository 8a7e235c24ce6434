import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset } from "../datasets/image-set.js";
import { datasets } from "../datasets/registry.js";
import { allIds } from "../datasets/select.js";
import { UserError } from "../errors.js";
import { whileLocked } from "../files/lock.js";
import { sha256OfFile } from "../files/sha256.js";
import { models } from "../models/registry.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { evaluate } from "../training/evaluate.js";
import type { ArtefactPaths } from "./artefact-names.js";
import { cleanRecipe, cleanSettings } from "./clean-recipe.js";
import type { Run } from "./context.js";
import { percent } from "./measure.js";
import { loadModel, modelSettings, newModel } from "./model-artefacts.js";
import { removeOldProgress } from "./progress.js";
import { trainResumably } from "./resumable-training.js";
import type { RunConfig } from "./run-config.js";

/** How to mend a clean model that does not fit the run. */
const otherCleanModel = "another --clean_model_path (one that is not there is trained)";

/** The clean model of `--clean_model_path`: attacks are crafted on it, and fine-tuning starts from it. */
export interface CleanBase {
  /** @param freshHead see `loadModel`; for fine-tuning, which trains the head anyway */
  readonly load: (freshHead?: Rng) => Promise<Model>;
  /** SHA-256 of its file. */
  readonly hash: () => Promise<string>;
}

/** What a clean model is trained on, and how its images are augmented. */
interface CleanBaseData {
  readonly dataset: Dataset;
  readonly augmentation: AugmentationKind;
}

/** Trains and saves the clean model first when it is not there and can be trained. */
export function cleanBase(
  config: RunConfig,
  paths: ArtefactPaths,
  data: CleanBaseData,
  rng: Rng,
  run: Run,
): CleanBase {
  const find = async (): Promise<string> => {
    const found = await resolveCheckpoint(config.cleanModelPath);
    if (found !== undefined) {
      if (found === paths.cleanModelToWrite) await removeOldProgress(found);
      return found;
    }
    checkTrainable(config);
    await trainCleanBase(config, paths, data, rng.fork("clean base model"), run);
    return paths.cleanModelToWrite;
  };
  return {
    load: async (freshHead) => {
      const dependsOn = modelSettings(config, "base_model");
      return loadModel(await find(), config, data.dataset, dependsOn, otherCleanModel, freshHead);
    },
    hash: async () => sha256OfFile(await find()),
  };
}

async function trainCleanBase(
  config: RunConfig,
  paths: ArtefactPaths,
  { dataset, augmentation }: CleanBaseData,
  rng: Rng,
  run: Run,
): Promise<void> {
  const recipe = cleanRecipe(config);
  const ids = allIds(dataset.train.labels.length);
  run.reporter.info(
    `there is no clean model ${config.cleanModelPath}: one is trained now for ${recipe.epochs} epochs on ${ids.length} images`,
  );
  const model = await whileLocked(paths.cleanModelToWrite, () =>
    trainResumably(run, {
      name: "clean base model",
      path: paths.cleanModelToWrite,
      dependsOn: cleanSettings(config),
      dataset,
      data: { set: dataset.train, ids, normalization: dataset.normalization, augmentation },
      recipe,
      trainingMode: true,
      rng,
      isForced: config.force,
      checkpointSeconds: config.checkpointSeconds,
      start: async () => newModel(config, dataset, rng),
      describe: async (trained) =>
        `ACC ${percent(await evaluate(trained, dataset.test, dataset.normalization, run.signal))}`,
    }),
  );
  model.dispose();
}

/** @throws UserError where a clean model has to come from elsewhere */
function checkTrainable({ model, scenario, dataset, cleanModelPath }: RunConfig): void {
  const isPretrained = scenario === "fine_tuning" && datasets[dataset].needsPretraining;
  if (models[model].needsPretraining === undefined && !isPretrained) return;
  throw new UserError(
    `There is no clean model ${cleanModelPath}, and a ${model} for ${dataset} is not trained from nothing.`,
    `Put a ${model} pretrained on ImageNet there (PyTorch .pth or .safetensors), or name one with --clean_model_path.`,
  );
}
