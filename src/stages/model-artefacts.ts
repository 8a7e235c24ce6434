import { type ArtefactKind, configForComparison, type FlagRecord } from "../config/comparison.js";
import type { RunConfig } from "../config/run-config.js";
import type { Dataset } from "../datasets/image-set.js";
import { UserError } from "../errors.js";
import { fitState } from "../models/fit-state.js";
import { createModel } from "../models/registry.js";
import type { Model } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import { readCheckpoint, writeCheckpoint } from "../store/checkpoint.js";
import { type Difference, differingFields } from "../store/manifest.js";
import { programVersion } from "../version.js";

/** A network of the run's kind with fresh weights. */
export function newModel(config: RunConfig, dataset: Dataset, rng: Rng = createRng("unset")): Model {
  const { height, width, channels } = dataset.train.pixels;
  return createModel(config.model, {
    classes: dataset.classNames.length,
    inputShape: [height, width, channels],
    rng: rng.fork("weights"),
  });
}

/** Saves a model with the flags it depends on and the dataset it has seen. */
export async function saveModel(
  path: string,
  model: Model,
  dependsOn: FlagRecord,
  dataset: Dataset,
): Promise<void> {
  await writeCheckpoint(path, await model.stateDict(), {
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} does not hold a ${config.model}: ${reason}`, "Check --model and the path.", {
      cause,
    });
  }
}

/**
 * @param makeAgain what the user may do to have it under the settings of this run
 * @throws UserError when an artefact was made under other settings, naming them
 */
export function checkOrigin(
  path: string,
  origin: { config?: string; dataset?: string },
  expected: FlagRecord,
  fingerprint: string,
  makeAgain: string,
): void {
  if (origin.config === undefined) return;
  const made = parseRecord(path, origin.config);
  const relevant = Object.fromEntries(Object.entries(made).filter(([name]) => name in expected));
  const differences = differingFields(relevant as FlagRecord, expected);
  const hint = `Give the same flags, or ${makeAgain}, or other folders (--saved_models_path, --prov_path).`;
  if (differences.length > 0) {
    const list = differences.map(describeDifference).join(", ");
    throw new UserError(`${path} was made with other settings: ${list}.`, hint);
  }
  if (origin.dataset !== undefined && origin.dataset !== fingerprint) {
    throw new UserError(`${path} was made from other images than those of this run.`, hint);
  }
}

function describeDifference({ field, a, b }: Difference): string {
  // No flag: what scoring found.
  if (field === "excluded") return "other samples excluded";
  return `--${field} ${show(field, a)} (now ${show(field, b)})`;
}

function show(field: string, value: unknown): string {
  if (value === undefined) return "not set";
  // The flag turns the mode off: its value would be read the wrong way round.
  if (field === "training_mode") return value === true ? "on" : "off";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function parseRecord(path: string, text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // Falls through: said below.
  }
  throw new UserError(`${path}: its record of settings is damaged.`, "Make it again with --force.");
}

/** The flags a model of this kind depends on. */
export const modelSettings = (config: RunConfig, kind: ArtefactKind, epochs?: number): FlagRecord =>
  configForComparison(config, kind, epochs);
