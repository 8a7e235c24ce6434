import { messageOf, UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { readCheckpoint } from "../../store/checkpoint.js";
import { type Resumable, resumable, type SavedState } from "../../store/resumable.js";
import type { AttackInput } from "../attack.js";
import { type CacheKey, keyedPath } from "./keyed-file.js";

/** How far a crafting is. */
export interface CraftingProgress extends Resumable<SavedState> {
  /**
   * Hands what was saved last to `take`.
   * @returns what `take` returns; undefined when there is nothing to go on from
   * @throws UserError when it is damaged, or `take` throws
   */
  restore<T>(take: (saved: SavedState) => T): Promise<T | undefined>;
}

/** @param key all that the crafting depends on */
export function craftingProgress(
  { cacheDir, checkpointSeconds }: Pick<AttackInput, "cacheDir" | "checkpointSeconds">,
  stem: string,
  key: CacheKey,
): CraftingProgress {
  const path = keyedPath(cacheDir, stem, key, ".progress.safetensors");
  const ofKey = ({ state, facts }: SavedState) => ({ state, facts: { ...facts, key: JSON.stringify(key) } });
  return {
    ...resumable(path, checkpointSeconds, ofKey),
    async restore(take) {
      if (!(await exists(path))) return undefined;
      const { state, metadata } = await readCheckpoint(path);
      try {
        const { key: found, ...facts } = metadata;
        if (found !== JSON.stringify(key)) throw new Error("it was made with other settings");
        return take({ state, facts });
      } catch (cause) {
        const hint = "Delete it; the crafting begins anew.";
        throw new UserError(`${path} is damaged: ${messageOf(cause)}.`, hint, { cause });
      }
    },
  };
}

/** A whole number from 0 among the facts. @throws when it is none */
export function wholeFact(facts: SavedState["facts"], name: string): number {
  const value = Number(facts[name]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`it does not say its ${name}`);
  return value;
}
