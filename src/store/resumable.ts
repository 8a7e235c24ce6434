import { rm } from "node:fs/promises";
import { removeStalePartials } from "../files/partials.js";
import { writeCheckpoint } from "./checkpoint.js";
import type { StateDict } from "./state-dict.js";

/** How far work is. */
export interface SavedState {
  readonly state: StateDict;
  /** What is no array. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Work under way, kept on disk beside the place of its result, so that an interrupted run goes on where it was. */
export interface Resumable<Position> {
  save(position: Position): Promise<void>;
  /** Saves if the last time was long ago. */
  saveWhenDue(position: () => Position | Promise<Position>): Promise<void>;
  /** The work is finished, or to begin anew. */
  remove(): Promise<void>;
}

/**
 * @param path ending in .safetensors
 * @param everySeconds how often `saveWhenDue` saves
 * @param stateOf what to write of a position
 */
export function resumable<Position>(
  path: string,
  everySeconds: number,
  stateOf: (position: Position) => SavedState | Promise<SavedState>,
): Resumable<Position> {
  let savedAt = performance.now();
  const save = async (position: Position): Promise<void> => {
    const { state, facts } = await stateOf(position);
    await writeCheckpoint(path, state, facts);
    savedAt = performance.now();
  };
  return {
    save,
    async saveWhenDue(position) {
      if (performance.now() - savedAt >= everySeconds * 1000) await save(await position());
    },
    async remove() {
      await rm(path, { force: true });
      await removeStalePartials(path);
    },
  };
}
