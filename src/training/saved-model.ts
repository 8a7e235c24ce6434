import { messageOf, RunError, UserError } from "../errors.js";
import { fitState } from "../models/fit-state.js";
import { underOwnNames } from "../models/own-names.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Reporter } from "../reporter.js";
import { readCheckpoint, writeCheckpoint } from "../store/checkpoint.js";
import { checkOrigin, type Origin, originMetadata, readOriginMetadata } from "../store/origin.js";

/**
 * Saves a model with its origin.
 * @throws RunError when a weight is not finite: the last step of a training shows in no loss
 */
export async function saveModel(path: string, model: Model, origin: Origin): Promise<void> {
  const state = await model.stateDict();
  for (const [name, { data }] of state) {
    if (data.every(Number.isFinite)) continue;
    throw new RunError(
      `Training diverged: ${name} is not finite.`,
      "Try a smaller --lr. Earlier results are kept.",
    );
  }
  await writeCheckpoint(path, state, originMetadata(origin));
}

interface LoadOptions {
  /** What it must have been made from; where the file says nothing, only the weights must fit. */
  readonly origin: Origin;
  /** What the user may do to have it as this run needs it. */
  readonly makeAgain?: string;
  /** Allows a model of other classes, whose head is replaced by a fresh one from this stream. */
  readonly freshHead?: Rng;
  /** Told which part of the file was taken, where it holds more. */
  readonly reporter?: Reporter;
}

/**
 * Loads a saved model into a network of the run's kind, fitted to the size of its images.
 * @param model a network with any weights; taken over, and disposed when the file does not fit
 * @throws UserError naming what differs, or why the weights do not fit
 */
export async function loadModel(
  path: string,
  model: Model,
  { origin, makeAgain = "--force to train it again", freshHead, reporter }: LoadOptions,
): Promise<Model> {
  try {
    const { state, metadata, takenFrom } = await readCheckpoint(path);
    checkOrigin(path, readOriginMetadata(path, metadata), origin, makeAgain);
    const own = underOwnNames(state, model);
    model.loadStateDict(await fitState(own.state, model, freshHead));
    const part = [takenFrom ?? [], own.prefix.slice(0, -1) || []].flat().join(".");
    if (part !== "") reporter?.info(`${path}: the weights are those of "${part}"`);
    return model;
  } catch (cause) {
    model.dispose();
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${path} does not hold a ${model.name}: ${messageOf(cause)}`,
      "Check --model, or give another file.",
      { cause },
    );
  }
}
