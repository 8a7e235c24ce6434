import type { Rng } from "../random/rng.js";
import { centre, squaredDistance } from "./components.js";

interface TwoMeans {
  /** uint8 [rows], 0 or 1 */
  readonly cluster: Uint8Array;
  readonly centres: readonly [Float64Array, Float64Array];
}

const [restarts, maxRounds] = [10, 300];

/** K-means with two clusters: the best of ten starts by k-means++ (Arthur and Vassilvitskii, 2007). @param rows at least one */
export function twoMeans(rows: readonly Float64Array[], rng: Rng): TwoMeans {
  let best: (TwoMeans & { readonly inertia: number }) | undefined;
  for (let start = 0; start < restarts; start++) {
    const found = fromStart(rows, plusPlus(rows, rng.fork(`start-${start}`)));
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  if (best === undefined) throw new Error("No start.");
  return best;
}

function plusPlus(rows: readonly Float64Array[], rng: Rng): readonly [Float64Array, Float64Array] {
  const first = rows[rng.int(rows.length)];
  const weights = rows.map((row) => squaredDistance(row, first));
  let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const second = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return [first, rows[Math.max(second, 0)]];
}

function fromStart(
  rows: readonly Float64Array[],
  start: readonly [Float64Array, Float64Array],
): TwoMeans & { readonly inertia: number } {
  let centres = start;
  let cluster = new Uint8Array(rows.length);
  for (let round = 0; round < maxRounds; round++) {
    const [zero, one] = centres;
    const next = Uint8Array.from(rows, (row) =>
      squaredDistance(row, one) < squaredDistance(row, zero) ? 1 : 0,
    );
    const isSame = round > 0 && next.every((mark, i) => mark === cluster[i]);
    cluster = next;
    if (isSame) break;
    const centreOf = (mark: 0 | 1): Float64Array => {
      const own = rows.filter((_, i) => cluster[i] === mark);
      return own.length > 0 ? centre(own) : centres[mark];
    };
    centres = [centreOf(0), centreOf(1)];
  }
  const inertia = rows.reduce((sum, row, i) => sum + squaredDistance(row, centres[cluster[i]]), 0);
  return { cluster, centres, inertia };
}
