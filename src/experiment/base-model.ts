import { allIds } from "../datasets/select.js";
import { messageOf, UserError } from "../errors.js";
import type { Model } from "../nn/model.js";
import { readCheckpoint, resolveCheckpoint, writeCheckpoint } from "../store/checkpoint.js";
import type { StateDict } from "../store/state-dict.js";
import { createOptimizer, type Optimizer } from "../training/optimizer.js";
import type { StageContext } from "./context.js";
import { modelSettings } from "./model-artefacts.js";
import { checkOrigin } from "./recorded-settings.js";
import { startingModel } from "./starting-model.js";
import { isForced, loadTrained, trainAndSave } from "./trained-model.js";

/** The poisoned model after some epochs, with the optimizer it was trained by; the caller disposes both. */
export interface BaseModel {
  readonly model: Model;
  readonly optimizer: Optimizer;
}

/** What `--poisoned_training` trains, and the capture stages start from. */
export const poisonedModel = (context: StageContext, epochs: number) => ({
  name: "poisoned training",
  path: context.paths.model(epochs),
  kind: "model" as const,
  ids: allIds(context.poisoned.train.labels.length),
  epochs,
  saveOptimizer: async (optimizer: Optimizer) => {
    await writeCheckpoint(context.paths.optimizer(epochs), await optimizer.stateDict(), {
      config: JSON.stringify(modelSettings(context.config, "model", epochs)),
      dataset: context.dataset.fingerprint,
    });
    await writeCheckpoint(context.paths.scheduler(epochs), schedulerState(epochs), {
      base_lr: String(context.config.lr),
    });
  },
});

/** Names and meaning as in PyTorch's CosineAnnealingLR. */
const schedulerState = (epochs: number): StateDict =>
  new Map([
    ["T_max", { shape: [], data: Float32Array.of(epochs), dtype: "int64" as const }],
    ["last_epoch", { shape: [], data: Float32Array.of(epochs), dtype: "int64" as const }],
  ]);

/**
 * The base model of a capture stage, loaded if saved (and --force is not given), else trained and saved (method: batch level). With 0 epochs it is
 * what training starts from: the untrained model, or the clean one.
 */
export async function loadBaseModel(context: StageContext, epochs: number): Promise<BaseModel> {
  const { config, dataset, reporter, rng } = context;
  const wanted = poisonedModel(context, epochs);
  const optimizer = createOptimizer(config.opt, config.lr);
  if (epochs === 0) {
    if (config.scenario === "from_scratch")
      reporter.warn("capturing on an untrained model; scores are then hardly better than chance");
    return { model: await startingModel(context, rng.fork(wanted.name)), optimizer };
  }
  const saved = await resolveCheckpoint(wanted.path);
  if (saved === undefined) reporter.info(`there is no ${wanted.path} yet; it is trained now`);
  const load = saved !== undefined && !isForced(context, wanted);
  const model = load ? await loadTrained(context, wanted) : await trainAndSave(context, wanted);
  try {
    const path = context.paths.optimizer(epochs);
    const { state, metadata } = await readCheckpoint(path);
    // A run stopped between saving the two would leave an optimizer beside a model of other settings.
    const expected = modelSettings(config, "model", epochs);
    checkOrigin(path, metadata, expected, dataset.fingerprint, "--force to train it again");
    optimizer.loadStateDict(state, model.trainable);
    return { model, optimizer };
  } catch (cause) {
    model.dispose();
    optimizer.dispose();
    if (cause instanceof UserError) throw cause;
    const reason = messageOf(cause);
    throw new UserError(
      `${context.paths.optimizer(epochs)} does not fit: ${reason}`,
      "Train the model again with --poisoned_training --force.",
      { cause },
    );
  }
}
