import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset } from "../datasets/image-set.js";
import { datasets } from "../datasets/registry.js";
import { allIds } from "../datasets/select.js";
import { UserError } from "../errors.js";
import { makeOnce } from "../files/make-once.js";
import { sha256OfFile } from "../files/sha256.js";
import { models } from "../models/registry.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Run } from "../run.js";
import { rateText, shareOf } from "../statistics/share.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import type { Inputs } from "../store/origin.js";
import { evaluate } from "../training/evaluate.js";
import { trainResumably } from "../training/resumable-training.js";
import { loadModel } from "../training/saved-model.js";
import { removeOldProgress } from "../training/training-progress.js";
import { originOf } from "../workflow/artefact.js";
import { artefactPaths } from "./artefact-names.js";
import { cleanBaseArtefact } from "./artefacts.js";
import { cleanRecipe } from "./clean-recipe.js";
import { newModel } from "./new-model.js";
import type { RunConfig } from "./run-config.js";

/** The clean model of `--clean_model_path`: attacks are crafted on it, and fine-tuning starts from it. */
export interface CleanBase {
  /** @param freshHead see `loadModel`; for fine-tuning, which trains the head anyway */
  readonly load: (freshHead?: Rng) => Promise<Model>;
  /** SHA-256 of its file. */
  readonly hash: () => Promise<string>;
  /** The same by the name of the model, if anything has asked for it in this run, or fine-tuning starts from it. */
  readonly usedDigest: () => Promise<Inputs>;
}

interface CleanBaseInput {
  readonly config: RunConfig;
  readonly dataset: Dataset;
  /** Of its training images. */
  readonly augmentation: AugmentationKind;
  /** The run's root stream. */
  readonly rng: Rng;
  readonly run: Run;
}

/** Trains and saves the clean model first when it is not there and can be trained. */
export function cleanBase(input: CleanBaseInput): CleanBase {
  const { config, dataset } = input;
  let isUsed = config.scenario === "fine_tuning";
  const ownPath = artefactPaths(config).cleanModelToWrite;
  const find = async (): Promise<string> => {
    isUsed = true;
    if ((await resolveCheckpoint(config.cleanModelPath)) === undefined) checkTrainable(config);
    const found = await makeOnce(
      ownPath,
      () => resolveCheckpoint(config.cleanModelPath),
      () => trainCleanBase(input, ownPath),
      input.run,
    );
    if (found === ownPath) await removeOldProgress(found);
    return found;
  };
  return {
    load: async (freshHead) => {
      const path = await find();
      const artefact = await cleanBaseArtefact(config);
      const origin = await originOf(artefact, { digests: { dataset: dataset.fingerprint }, via: {} });
      const makeAgain = "another --clean_model_path (one that is not there is trained)";
      return loadModel(path, newModel(config, dataset), {
        origin,
        makeAgain,
        freshHead,
        reporter: input.run.reporter,
      });
    },
    hash: async () => sha256OfFile(await find()),
    usedDigest: async (): Promise<Inputs> => {
      const found = isUsed ? await resolveCheckpoint(config.cleanModelPath) : undefined;
      return found === undefined ? {} : { "clean model": await sha256OfFile(found) };
    },
  };
}

/** @returns its path */
async function trainCleanBase(input: CleanBaseInput, path: string): Promise<string> {
  const { config, dataset, augmentation, run } = input;
  const rng = input.rng.fork("clean base model");
  const recipe = cleanRecipe(config);
  const ids = allIds(dataset.train.labels.length);
  run.reporter.info(
    `there is no clean model ${config.cleanModelPath}: one is trained now for ${recipe.epochs} epochs on ${ids.length} images`,
  );
  const artefact = await cleanBaseArtefact(config);
  const training = {
    name: "clean base model",
    path,
    origin: await originOf(artefact, { digests: { dataset: dataset.fingerprint }, via: {} }),
    data: { set: dataset.train, ids, normalization: dataset.normalization, augmentation },
    recipe,
    trainingMode: true,
    rng,
    isForced: config.force,
    checkpointSeconds: config.checkpointSeconds,
    start: async () => newModel(config, dataset, rng),
    describe: async (trained: Model) => {
      const accuracy = await evaluate(trained, dataset.test, dataset.normalization, run.signal);
      return `ACC ${rateText(shareOf(accuracy, dataset.test.labels.length))}`;
    },
  };
  const model = await trainResumably(training, run);
  model.dispose();
  return path;
}

/** @throws UserError where a clean model has to come from elsewhere, or nothing may be trained */
function checkTrainable({ model, scenario, dataset, cleanModelPath, getResult }: RunConfig): void {
  if (getResult) {
    throw new UserError(
      `There is no clean model ${cleanModelPath}, and --get_result trains nothing.`,
      "Name the one that the poisons were crafted on with --clean_model_path, or leave --get_result out.",
    );
  }
  const isPretrained = scenario === "fine_tuning" && datasets[dataset].needsPretraining;
  if (models[model].needsPretraining === undefined && !isPretrained) return;
  throw new UserError(
    `There is no clean model ${cleanModelPath}, and a ${model} for ${dataset} is not trained from nothing.`,
    `Put a ${model} pretrained on ImageNet there (PyTorch .pth or .safetensors), or name one with --clean_model_path.`,
  );
}
