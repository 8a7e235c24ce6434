import { setImmediate } from "node:timers/promises";
import { consecutiveBatches } from "../datasets/batches.js";
import type { Pixels } from "../datasets/pixels.js";

/** Images between two looks at whether to stop, of 32x32 pixels; fewer of larger ones. */
const batchPixels = 256 * 32 * 32;

/** How a look at many images is watched and stopped. */
export interface Look {
  /** Told how many images are done, after each batch. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Calls `work` with each of `ids` and its place among them, in order; the program can draw its progress, and stop. */
export async function eachImage(
  { height, width }: Pick<Pixels, "height" | "width">,
  ids: Int32Array,
  { onProgress, signal }: Look,
  work: (id: number, place: number) => void,
): Promise<void> {
  let done = 0;
  for (const batch of consecutiveBatches(ids, Math.max(1, Math.floor(batchPixels / (height * width))))) {
    for (const id of batch) work(id, done++);
    onProgress?.(done);
    await setImmediate();
    signal?.throwIfAborted();
  }
}
