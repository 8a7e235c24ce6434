import { elementFromPytorch } from "../nn/layout.js";
import type { Model } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";

/** The features that lie in one entry. */
export interface EntryFeatures {
  readonly entry: StateEntry;
  /** Distinct element numbers in the entry, tfjs layout. */
  readonly elements: Int32Array;
}

interface FeatureMap {
  /** Trained entries first. */
  readonly byEntry: readonly EntryFeatures[];
  /** Where each feature lies in the concatenation of all elements of `byEntry`. */
  readonly columns: Int32Array;
}

/**
 * Sorts features, indices into the flattened state, by the entry they lie in. Two features in the two places of an
 * entry with an alias may be the same element.
 * @throws Error for a feature outside the state
 */
export function mapFeatures(model: Model, features: ArrayLike<number>): FeatureMap {
  const starts = model.entries.map((entry) => model.offsets.get(entry) ?? 0);
  /** Element number -> its rank, by entry. */
  const ranks = new Map<StateEntry, Map<number, number>>();
  const found = Array.from(features, (feature) => {
    if (!Number.isInteger(feature) || feature < 0 || feature >= model.stateSize)
      throw new Error(`Feature ${feature} is outside the model's state of ${model.stateSize} scalars.`);
    const index = lastAtMost(starts, feature);
    const entry = model.entries[index].original;
    const element = elementFromPytorch(entry.shape, feature - starts[index]);
    const ofEntry = ranks.get(entry) ?? new Map<number, number>();
    ranks.set(entry, ofEntry);
    const rank = ofEntry.get(element) ?? ofEntry.size;
    ofEntry.set(element, rank);
    return { entry, rank };
  });
  const ordered = [...ranks].sort(([a], [b]) => Number(b.isTrained) - Number(a.isTrained));
  const firstColumn = new Map<StateEntry, number>();
  let numColumns = 0;
  for (const [entry, elements] of ordered) {
    firstColumn.set(entry, numColumns);
    numColumns += elements.size;
  }
  return {
    byEntry: ordered.map(([entry, elements]) => ({
      entry,
      elements: Int32Array.from(elements.keys()),
    })),
    columns: Int32Array.from(found, ({ entry, rank }) => (firstColumn.get(entry) ?? 0) + rank),
  };
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
