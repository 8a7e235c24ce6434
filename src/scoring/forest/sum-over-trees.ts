/** Trees that are added up first. */
const TREES_PER_SUM = 10;

/**
 * Adds up what trees contribute, ten trees first, then the tens: an order that is part of the result, to the last bit,
 * and does not depend on who grew them.
 * @param add adds one tree's part to sums, float64 [length]
 * @returns float64 [length]
 */
export function sumOverTrees<T>(
  trees: readonly T[],
  length: number,
  add: (tree: T, sums: Float64Array) => void,
): Float64Array {
  const total = new Float64Array(length);
  for (let first = 0; first < trees.length; first += TREES_PER_SUM) {
    const sums = new Float64Array(length);
    for (const tree of trees.slice(first, first + TREES_PER_SUM)) add(tree, sums);
    for (let i = 0; i < length; i++) total[i] += sums[i];
  }
  return total;
}
