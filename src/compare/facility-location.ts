import { squaredDistance } from "./components.js";

interface FacilityOrder {
  /** Rows in the order in which they are chosen: the first k are the greedy choice of k. */
  readonly order: readonly number[];
  readonly distance: (a: number, b: number) => number;
}

/**
 * Greedy facility location: each row chosen lowers most the sum of all rows' distances to the nearest chosen one. Lazy: what a row can
 * still gain only shrinks, so that most need not be looked at again.
 * @param count rows to choose
 */
export function facilityOrder(rows: readonly Float64Array[], count: number): FacilityOrder {
  const n = rows.length;
  const distances = new Float32Array(n * n);
  let farthest = 0;
  for (let a = 0; a < n; a++)
    for (let b = 0; b < a; b++) {
      const distance = Math.sqrt(squaredDistance(rows[a], rows[b]));
      distances[a * n + b] = distance;
      distances[b * n + a] = distance;
      farthest = Math.max(farthest, distance);
    }
  // Before the first choice every row is as far as can be.
  const nearest = new Float64Array(n).fill(farthest);
  const gainOf = (row: number): number => {
    let gain = 0;
    for (let i = 0, at = row * n; i < n; i++, at++) gain += Math.max(0, nearest[i] - distances[at]);
    return gain;
  };
  const gains = Float64Array.from(rows, (_, row) => gainOf(row));
  const order: number[] = [];
  const isChosen = new Uint8Array(n);
  while (order.length < Math.min(count, n)) {
    const isFresh = new Uint8Array(n);
    let best = highest(gains, isChosen);
    while (isFresh[best] === 0) {
      gains[best] = gainOf(best);
      isFresh[best] = 1;
      best = highest(gains, isChosen);
    }
    isChosen[best] = 1;
    order.push(best);
    for (let i = 0, at = best * n; i < n; i++, at++) nearest[i] = Math.min(nearest[i], distances[at]);
  }
  return { order, distance: (a, b) => distances[a * n + b] };
}

/** The first of the largest values that are not excluded. */
function highest(values: Float64Array, isExcluded: Uint8Array): number {
  let best = -1;
  for (let i = 0; i < values.length; i++)
    if (isExcluded[i] === 0 && (best < 0 || values[i] > values[best])) best = i;
  return best;
}
