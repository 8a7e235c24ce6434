import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { messageOf, UserError } from "../../errors.js";
import { removeStalePartials } from "../../files/partials.js";
import { readCheckpoint, writeCheckpoint } from "../../store/checkpoint.js";
import type { StateDict } from "../../store/state-dict.js";
import type { AttackInput } from "../attack.js";
import { keyedPath } from "../narcissus/trigger-cache.js";
import type { CacheKey } from "./image-cache.js";

/** How far a crafting is. */
export interface Halfway {
  readonly state: StateDict;
  /** What is no array. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A crafting that is under way, on disk beside the place of its result, so that an interrupted run goes on where it was. */
export interface CraftingProgress {
  /**
   * Hands what was saved last to `take`.
   * @returns what `take` returns; undefined when there is nothing to go on from
   * @throws UserError when it is damaged, or `take` throws
   */
  restore<T>(take: (saved: Halfway) => T): Promise<T | undefined>;
  save(halfway: Halfway): Promise<void>;
  /** Saves if the last time was long ago. */
  saveWhenDue(halfway: () => Halfway | Promise<Halfway>): Promise<void>;
  /** The crafting is finished. */
  remove(): Promise<void>;
}

/** @param key all that the crafting depends on */
export function craftingProgress(
  { cacheDir, checkpointSeconds }: Pick<AttackInput, "cacheDir" | "checkpointSeconds">,
  stem: string,
  key: CacheKey,
): CraftingProgress {
  const path = keyedPath(cacheDir, stem, key, ".progress.safetensors");
  let savedAt = performance.now();
  const progress: CraftingProgress = {
    async restore(take) {
      if (!existsSync(path)) return undefined;
      const { state, metadata } = await readCheckpoint(path);
      try {
        const { key: found, ...facts } = metadata;
        if (found !== JSON.stringify(key)) throw new Error("it was made with other settings");
        return take({ state, facts });
      } catch (cause) {
        const reason = messageOf(cause);
        throw new UserError(`${path} is damaged: ${reason}.`, "Delete it; the crafting begins anew.", {
          cause,
        });
      }
    },
    async save({ state, facts }) {
      await writeCheckpoint(path, state, { ...facts, key: JSON.stringify(key) });
      savedAt = performance.now();
    },
    async saveWhenDue(halfway) {
      if (performance.now() - savedAt >= checkpointSeconds * 1000) await progress.save(await halfway());
    },
    async remove() {
      await rm(path, { force: true });
      await removeStalePartials(path);
    },
  };
  return progress;
}

/** A whole number from 0 among the facts. @throws when it is none */
export function wholeFact(facts: Halfway["facts"], name: string): number {
  const value = Number(facts[name]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`it does not say its ${name}`);
  return value;
}
