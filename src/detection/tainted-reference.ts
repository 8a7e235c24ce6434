import { twiceMean } from "./adjusted-p-values.js";
import { classPValue } from "./class-test.js";
import { aboveIn, type SplitScores } from "./disguise.js";
import { conformalEValues, eBenjaminiHochberg, meanOf } from "./e-values.js";

/** What a score says of a class under a supposition. */
export interface Supposed {
  /** In (0, 1]. */
  readonly p: number;
  /** How many suspects are flagged. */
  readonly flagged: number;
}

/** What a score says of a class if some of its trusted samples are poison: the ends of what it may say, whichever they are. */
export interface IfTainted {
  /** The largest p, the fewest flags. */
  readonly least: Supposed;
  /** The smallest p, the most flags. */
  readonly most: Supposed;
}

type Scores = Pick<SplitScores, "suspects" | "reference">;

/**
 * Supposes that up to `count` of the ranked trusted samples of a class are poison, nobody knows which, and the others are as
 * clean suspects are. Without the poison among them p would be the test's own. Over all choices of so many it is
 * largest where those of the lowest scores are left out, and smallest where it is those of the highest, as p falls with every suspect
 * above a trusted sample; so the largest is a valid p whichever they are. In the same way Benjamini-Hochberg flags the fewest and the
 * most; and e-values without the lowest are e-values still, as the threshold is found from the top down. The largest is exact, and smaller
 * than (1 + count + #) / (n + 1) instead of (1 + #) / (n + 1) would make it.
 * @param drawn the scores of each split
 */
export function ifReferenceTainted(drawn: readonly Scores[], count: number, fdr: number): IfTainted {
  const without = (k: number, of: "lowest" | "highest") =>
    drawn.map(({ suspects, reference }): Scores => {
      const ascending = reference.slice().sort();
      const kept = Math.max(0, ascending.length - k);
      return { suspects, reference: of === "lowest" ? ascending.slice(k) : ascending.slice(0, kept) };
    });
  const counts = Array.from({ length: count + 1 }, (_, k) => k);
  const lowest = counts.map((k) => without(k, "lowest"));
  const highest = counts.map((k) => without(k, "highest"));
  return {
    least: { p: Math.max(...lowest.map(pOf)), flagged: numFlagged(lowest[count], fdr) },
    most: {
      p: Math.min(...highest.map(pOf)),
      flagged: Math.max(...highest.map((scores) => numFlagged(scores, fdr))),
    },
  };
}

const pOf = (drawn: readonly Scores[]): number =>
  twiceMean(drawn.map((one) => classPValue(aboveIn(one), one.suspects.length)));

function numFlagged(drawn: readonly Scores[], fdr: number): number {
  const eValues = meanOf(drawn.map(({ suspects, reference }) => conformalEValues(suspects, reference, fdr)));
  return eBenjaminiHochberg(eValues, fdr).reduce((sum, mark) => sum + mark, 0);
}
