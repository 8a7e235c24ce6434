import { pythonRandom } from "../../random/python-random.js";

/** Classes of the dataset `imagenet`, and the seed of their draw in the published experiments. */
export const DRAWN_CLASSES = 100;
export const DRAW_SEED = 42;

/**
 * The classes that are used, in the order of their labels: 100 drawn from the ascending ids as Python's `random.sample` does
 * with seed 42; all of them, ascending, where there are no more than 100.
 */
export function drawClasses(ids: readonly string[]): readonly string[] {
  if (ids.length <= DRAWN_CLASSES) return ids;
  return Array.from(pythonRandom(DRAW_SEED).sample(ids.length, DRAWN_CLASSES), (position) => ids[position]);
}
