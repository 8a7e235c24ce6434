import { boundCurve } from "../../plots/bound-curve.js";
import { nullAgainstSuspects } from "../../plots/null-against-suspects.js";
import type { Figure } from "../../report/model.js";
import type { JudgedClass } from "../verdict.js";

/** How a class's suspects score beside its trusted images, and how many of the first are not clean. */
export function figuresOf(one: JudgedClass): Figure[] {
  if (one.p === undefined) return [];
  const { scores: suspects, flagged, reference } = one;
  const marked = suspects.filter((_, i) => flagged[i] === 1);
  const scores: Figure = {
    title: `Scores in class “${one.name}”`,
    caption:
      "How high trusted images score (line) shows how high clean ones do. Suspects to the right of it are what the test sees." +
      (one.numFlagged > 0 ? " The dashed line is the lowest score that is flagged." : ""),
    spec: nullAgainstSuspects({
      reference: { name: "Trusted", scores: reference.scores },
      suspects: [
        { name: "Suspect, not flagged", scores: suspects.filter((_, i) => flagged[i] === 0) },
        { name: "Suspect, flagged", scores: marked },
      ],
      cuts: marked.length > 0 ? [{ name: "", value: marked.reduce((a, b) => Math.min(a, b)) }] : [],
    }),
  };
  if (!one.isEvidence || one.atLeast === 0) return [scores];
  const bound: Figure = {
    title: `How many are not clean in class “${one.name}”`,
    caption:
      "Of the k images with the highest scores (of the first split) at least so many are not clean, for all k at once: the cut may be chosen after looking. On the dotted line all of them would be.",
    spec: boundCurve(one.bound),
  };
  return [scores, bound];
}
