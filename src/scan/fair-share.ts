/**
 * Shares places out among lists: the first of each, then the second of each, until all are had or no place is left.
 * @param wanted length of each list
 * @returns of each list, how many of its first have a place
 */
export function fairShare(wanted: readonly number[], places: number): number[] {
  const shares = wanted.map(() => 0);
  let left = places;
  for (let round = 0; left > 0 && wanted.some((length) => length > round); round++) {
    for (const [i, length] of wanted.entries()) {
      if (left === 0 || length <= round) continue;
      shares[i]++;
      left--;
    }
  }
  return shares;
}
