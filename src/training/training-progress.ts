import { rm } from "node:fs/promises";
import { messageOf, UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { tryLock } from "../files/lock.js";
import type { Model } from "../nn/model.js";
import { readCheckpoint, resolveCheckpoint } from "../store/checkpoint.js";
import { checkOrigin, type Origin, originMetadata, readOriginMetadata } from "../store/origin.js";
import { type Resumable, resumable, type SavedState } from "../store/resumable.js";
import { groupOf, inGroup, type StateDict } from "../store/state-dict.js";
import type { Optimizer } from "./optimizer.js";
import type { Position } from "./position.js";
import { progressFile, progressFolder } from "./progress-file.js";

/** How far a training is, with all that it takes to go on from there. */
interface TrainingState {
  readonly model: Model;
  readonly optimizer: Optimizer;
  readonly position: Position;
  /** More arrays to keep. */
  readonly extra?: StateDict;
}

/** How far a training is, on disk beside the place of its result. */
export interface TrainingProgress extends Resumable<TrainingState> {
  /**
   * Puts weights and optimizer back to where they were.
   * @returns undefined when there is nothing to go on from
   * @throws UserError when it is of another origin, or is damaged
   */
  restore(
    model: Model,
    optimizer: Optimizer,
  ): Promise<Omit<TrainingState, "model" | "optimizer"> | undefined>;
}

/**
 * Removes what is kept of the making of an artefact that is finished: a process that was killed right after the finish left
 * it. While another run makes the artefact again it stays.
 */
export async function removeOldProgress(path: string): Promise<void> {
  const left = [progressFile(path), progressFolder(path)];
  if (!(await Promise.all(left.map(exists))).includes(true)) return;
  const giveBack = await tryLock(`${path}.lock`);
  if (typeof giveBack === "string") return;
  for (const one of left) await rm(one, { recursive: true, force: true });
  await giveBack();
}

/**
 * @param path of the result
 * @param origin of the result
 * @param everySeconds how often `saveWhenDue` saves
 */
export function trainingProgress(path: string, origin: Origin, everySeconds: number): TrainingProgress {
  const file = progressFile(path);
  return {
    ...resumable<TrainingState>(file, everySeconds, (state) => savedState(state, origin)),
    async restore(model, optimizer) {
      if ((await resolveCheckpoint(file)) === undefined) return undefined;
      const { state, metadata } = await readCheckpoint(file);
      checkOrigin(file, readOriginMetadata(file, metadata), origin, "--force to start over");
      try {
        const position = positionOf(metadata, state);
        model.loadStateDict(groupOf(state, "model"));
        optimizer.loadStateDict(groupOf(state, "optimizer"), model.trainable);
        return { position, extra: groupOf(state, "extra") };
      } catch (cause) {
        const hint = "Delete it, or give --force; the work begins anew.";
        throw new UserError(`${file} is damaged: ${messageOf(cause)}`, hint, { cause });
      }
    },
  };
}

async function savedState(
  { model, optimizer, position, extra = new Map() }: TrainingState,
  origin: Origin,
): Promise<SavedState> {
  const { epoch, batch, lossSum } = position;
  const state: StateDict = new Map([
    ...inGroup("model", await model.stateDict()),
    ...inGroup("optimizer", await optimizer.stateDict()),
    ...inGroup("extra", extra),
    ["loss_sum", { shape: [], data: Float32Array.of((await lossSum?.()) ?? 0) }],
  ]);
  return { state, facts: { ...originMetadata(origin), epoch: String(epoch), batch: String(batch) } };
}

function positionOf({ epoch, batch }: Readonly<Record<string, string>>, state: StateDict): Position {
  const position = { epoch: Number(epoch), batch: Number(batch) };
  if (!Number.isInteger(position.epoch) || !Number.isInteger(position.batch))
    throw new Error("it does not say how far the run was");
  const sum = state.get("loss_sum")?.data[0] ?? 0;
  return { ...position, lossSum: async () => sum };
}
