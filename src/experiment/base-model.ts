import type { BaseModel } from "../capture/capture-loop.js";
import { messageOf, UserError } from "../errors.js";
import { readCheckpoint, resolveCheckpoint, writeCheckpoint } from "../store/checkpoint.js";
import { checkOrigin, originMetadata, readOriginMetadata } from "../store/origin.js";
import type { StateDict } from "../store/state-dict.js";
import { createOptimizer, type Optimizer } from "../training/optimizer.js";
import { originOf } from "../workflow/artefact.js";
import type { Experiment } from "./experiment.js";
import { startingModel } from "./starting-model.js";
import { findOrTrain, type ModelToTrain } from "./trained-model.js";

/** What `--poisoned_training` trains, and the capture stages start from. */
export function poisonedModel(experiment: Experiment, epochs: number): ModelToTrain {
  const { artefacts, subject, contents, config } = experiment;
  const { model, optimizer, scheduler } = artefacts.poisonedModel(epochs);
  return {
    name: "poisoned training",
    artefact: model,
    ids: subject.trainIds,
    epochs,
    saveOptimizer: async (trained: Optimizer) => {
      const origin = await originOf(optimizer, contents);
      await writeCheckpoint(optimizer.path, await trained.stateDict(), originMetadata(origin));
      await writeCheckpoint(scheduler.path, schedulerState(epochs), {
        base_lr: String(config.lr),
        ...originMetadata(origin),
      });
    },
  };
}

/** Names and meaning as in PyTorch's CosineAnnealingLR. */
const schedulerState = (epochs: number): StateDict =>
  new Map([
    ["T_max", { shape: [], data: Float32Array.of(epochs), dtype: "int64" as const }],
    ["last_epoch", { shape: [], data: Float32Array.of(epochs), dtype: "int64" as const }],
  ]);

/**
 * The base model of a capture stage, loaded if saved (and --force is not given), else trained and saved (method: batch
 * level). With 0 epochs it is what training starts from: the untrained model, or the clean one.
 * @returns owned by the caller
 */
export async function loadBaseModel(experiment: Experiment, epochs: number): Promise<BaseModel> {
  const { config, rng, run } = experiment;
  const wanted = poisonedModel(experiment, epochs);
  if (epochs === 0) {
    if (config.scenario === "from_scratch")
      run.reporter.warn("capturing on an untrained model; scores are then hardly better than chance");
    const optimizer = createOptimizer(config.opt, config.lr);
    return { model: await startingModel(experiment, rng.fork(wanted.name)), optimizer };
  }
  const { artefact } = wanted;
  if ((await resolveCheckpoint(artefact.path)) === undefined)
    run.reporter.info(`there is no ${artefact.path} yet; it is trained now`);
  const { model } = await findOrTrain(experiment, wanted);
  return withOptimizer(experiment, epochs, model);
}

/** @param model taken over, and disposed where its optimizer does not fit */
async function withOptimizer(
  { artefacts, config, contents }: Experiment,
  epochs: number,
  model: BaseModel["model"],
): Promise<BaseModel> {
  const artefact = artefacts.poisonedModel(epochs).optimizer;
  const optimizer = createOptimizer(config.opt, config.lr);
  try {
    const { state, metadata } = await readCheckpoint(artefact.path);
    // A run stopped between saving the two would leave an optimizer beside a model of another origin.
    const recorded = readOriginMetadata(artefact.path, metadata);
    checkOrigin(artefact.path, recorded, await originOf(artefact, contents), "--force to train it again");
    optimizer.loadStateDict(state, model.trainable);
    return { model, optimizer };
  } catch (cause) {
    model.dispose();
    optimizer.dispose();
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${artefact.path} does not fit: ${messageOf(cause)}`,
      "Train the model again with --poisoned_training --force.",
      { cause },
    );
  }
}
