import { elementFromPytorch } from "../nn/layout.js";
import type { Model } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";

/** The features that lie in one entry. */
interface EntryFeatures {
  readonly entry: StateEntry;
  /** Element numbers in the entry, tfjs layout. */
  readonly elements: Int32Array;
  /** Place of each in the list of all features. */
  readonly places: Int32Array;
}

/**
 * Sorts features, indices into the flattened state, by the entry they lie in.
 * @throws Error for a feature outside the state
 */
export function mapFeatures(model: Model, features: ArrayLike<number>): EntryFeatures[] {
  const starts = model.entries.map((entry) => model.offsets.get(entry) ?? 0);
  const lists = model.entries.map(() => ({ elements: [] as number[], places: [] as number[] }));
  for (let place = 0; place < features.length; place++) {
    const feature = features[place];
    if (!Number.isInteger(feature) || feature < 0 || feature >= model.stateSize)
      throw new Error(`Feature ${feature} is outside the model's state of ${model.stateSize} scalars.`);
    const index = lastAtMost(starts, feature);
    const entry = model.entries[index];
    lists[index].elements.push(elementFromPytorch(entry.shape, feature - starts[index]));
    lists[index].places.push(place);
  }
  return model.entries.flatMap((entry, index) => {
    const { elements, places } = lists[index];
    if (elements.length === 0) return [];
    return [{ entry, elements: Int32Array.from(elements), places: Int32Array.from(places) }];
  });
}

/** Index of the last start that is <= value; starts ascend from 0. */
function lastAtMost(starts: readonly number[], value: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}
