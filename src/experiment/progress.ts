import { rm } from "node:fs/promises";
import type { Dataset } from "../datasets/image-set.js";
import { messageOf, UserError } from "../errors.js";
import { lockHolder } from "../files/lock.js";
import { removeStalePartials } from "../files/partials.js";
import type { Model } from "../nn/model.js";
import { readCheckpoint, resolveCheckpoint, writeCheckpoint } from "../store/checkpoint.js";
import { groupOf, inGroup, type StateDict } from "../store/state-dict.js";
import type { Optimizer } from "../training/optimizer.js";
import type { Position } from "../training/position.js";
import { programVersion } from "../version.js";
import type { FlagRecord } from "./comparison.js";
import { progressFile, progressFolder } from "./progress-file.js";
import { checkOrigin } from "./recorded-settings.js";

/** What is trained, and how far. */
interface Halfway {
  readonly model: Model;
  readonly optimizer: Optimizer;
  readonly position: Position;
  /** More arrays to keep. */
  readonly extra?: StateDict;
}

/** An artefact that is being made, beside its place on disk, so that an interrupted run goes on where it was. */
export interface Progress {
  /**
   * Puts weights and optimizer back to where they were.
   * @returns undefined when there is nothing to go on from
   * @throws UserError when it was made under other settings, or is damaged
   */
  restore(model: Model, optimizer: Optimizer): Promise<Omit<Halfway, "model" | "optimizer"> | undefined>;
  save(halfway: Halfway): Promise<void>;
  /** Saves if the last time was long ago. */
  saveWhenDue(halfway: () => Halfway | Promise<Halfway>): Promise<void>;
  /** The artefact is finished, or to be made anew. */
  remove(): Promise<void>;
}

/**
 * Removes what is kept of the making of an artefact that is finished: a process that was killed right after the finish left
 * it. While another run makes the artefact again it stays.
 */
export async function removeOldProgress(path: string): Promise<void> {
  if (await lockHolder(`${path}.lock`)) return;
  await rm(progressFile(path), { force: true });
  await rm(progressFolder(path), { recursive: true, force: true });
}

/**
 * @param path of the artefact
 * @param dependsOn the flags it depends on
 * @param everySeconds how often `saveWhenDue` saves
 */
export function progressOf(
  path: string,
  dependsOn: FlagRecord,
  dataset: Dataset,
  everySeconds: number,
): Progress {
  const file = progressFile(path);
  const makeAgain = "--force to start over";
  let savedAt = performance.now();
  const progress: Progress = {
    async restore(model, optimizer) {
      if ((await resolveCheckpoint(file)) === undefined) return undefined;
      const { state, metadata } = await readCheckpoint(file);
      checkOrigin(file, metadata, dependsOn, dataset.fingerprint, makeAgain);
      const position = { epoch: Number(metadata.epoch), batch: Number(metadata.batch) };
      try {
        if (!Number.isInteger(position.epoch) || !Number.isInteger(position.batch))
          throw new Error("it does not say how far the run was");
        model.loadStateDict(groupOf(state, "model"));
        optimizer.loadStateDict(groupOf(state, "optimizer"), model.trainable);
      } catch (cause) {
        const reason = messageOf(cause);
        throw new UserError(
          `${file} is damaged: ${reason}`,
          "Delete it, or give --force; the work begins anew.",
          {
            cause,
          },
        );
      }
      return { position, extra: groupOf(state, "extra") };
    },
    async save({ model, optimizer, position, extra = new Map() }) {
      const state: StateDict = new Map([
        ...inGroup("model", await model.stateDict()),
        ...inGroup("optimizer", await optimizer.stateDict()),
        ...inGroup("extra", extra),
      ]);
      await writeCheckpoint(file, state, {
        config: JSON.stringify(dependsOn),
        dataset: dataset.fingerprint,
        version: programVersion,
        epoch: String(position.epoch),
        batch: String(position.batch),
      });
      savedAt = performance.now();
    },
    async saveWhenDue(halfway) {
      if (performance.now() - savedAt >= everySeconds * 1000) await progress.save(await halfway());
    },
    async remove() {
      await rm(file, { force: true });
      await removeStalePartials(file);
    },
  };
  return progress;
}
