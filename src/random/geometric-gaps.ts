const slices = 4096;
/** Wider than what rounding does to the numbers of a slice. */
const margin = 1e-9;

const known = new Map<number, (u: number) => number>();

/**
 * How many draws fail before one that succeeds, by inversion: floor(log(1 - u) / log(1 - probability)). A table knows the
 * slices of [0, 1) of which every u gives the same number, nearly all: a logarithm costs as much as ten such draws.
 * @param probability of success, in (0, 1)
 * @returns the number that goes with u, uniform in [0, 1)
 */
export function geometricGaps(probability: number): (u: number) => number {
  const found = known.get(probability) ?? gapsFor(probability);
  known.set(probability, found);
  return found;
}

function gapsFor(probability: number): (u: number) => number {
  const perFailure = 1 / Math.log1p(-probability);
  const exact = (u: number) => Math.log1p(-u) * perFailure;
  const table = Int32Array.from({ length: slices }, (_, slice) => {
    const [least, most] = [exact(slice / slices), exact((slice + 1) / slices)];
    const gap = Math.floor(least);
    return least - gap > margin && most < gap + 1 - margin ? gap : -1;
  });
  return (u) => {
    const gap = table[Math.floor(u * slices)];
    return gap >= 0 ? gap : Math.floor(exact(u));
  };
}
