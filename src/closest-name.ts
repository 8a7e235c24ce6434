import { closestMatch } from "leven";

/** Letters alone, in one case: `resnet-18` and `random_forest` are slips of spelling, not other names. */
const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The same for words whose letters have changed places. */
const sorted = (letters: string): string => [...letters].sort().join("");

/** The name that was probably meant. @returns undefined when none is close: more than two fifths of the letters differ */
export function closestName<T extends string>(typed: string, names: readonly T[]): T | undefined {
  const wanted = folded(typed);
  const swapped = names.find((name) => sorted(folded(name)) === sorted(wanted));
  if (wanted === "" || swapped !== undefined) return swapped;
  const closest = closestMatch(wanted, names.map(folded), { maxDistance: Math.floor(0.4 * wanted.length) });
  return names.find((name) => folded(name) === closest);
}
