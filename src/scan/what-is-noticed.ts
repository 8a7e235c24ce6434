import { smallestNoticed } from "../detection/class-test.js";
import { fewestTrusted } from "./class-verdict.js";

/** Products of suspects and trusted images for which it takes seconds to find out what would be noticed. */
const maxRankings = 2e7;

export interface CountedClass {
  readonly name: string;
  readonly suspects: number;
  readonly trusted: number;
}

export interface PlannedClass extends CountedClass {
  /**
   * So many poisons above all other images would be noticed with a chance of 90 %; none: no number would, too few trusted images;
   * unknown: finding out takes too long.
   */
  readonly wouldNotice: number | "none" | "unknown";
}

/** What could be noticed in classes of such sizes. @param level p of one score in one class that is evidence */
export function whatIsNoticed(counts: readonly CountedClass[], level: number): readonly PlannedClass[] {
  const known = new Map<string, PlannedClass["wouldNotice"]>();
  let left = maxRankings;
  const noticed = ({ suspects: m, trusted: n }: CountedClass) => {
    if (n < fewestTrusted || m === 0) return "none";
    const size = `${m}/${n}`;
    const found = known.get(size);
    if (found !== undefined) return found;
    left -= m * n;
    const value = left < 0 ? "unknown" : (smallestNoticed({ m, n }, level, 0.9) ?? "none");
    known.set(size, value);
    return value;
  };
  return counts.map((one) => ({ ...one, wouldNotice: noticed(one) }));
}
