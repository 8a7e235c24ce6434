import { boundCurve } from "../../plots/bound-curve.js";
import { nullAgainstSuspects } from "../../plots/null-against-suspects.js";
import { scoreByEpoch } from "../../plots/score-by-epoch.js";
import type { Figure } from "../../report/model.js";
import type { Truth } from "../experiment.js";
import type { Findings } from "./findings.js";

const names = { reference: "Clean-1 (reference)", clean: "Clean suspect", poison: "Poison" } as const;

/** Scores with the cuts and by epoch; what the calibrated test sees. @param isEvidence of that test */
export function figuresOf(
  { scores, thresholds, traces, calibrated }: Findings,
  { allPoisonIds }: Pick<Truth, "allPoisonIds">,
  isEvidence: boolean,
): Figure[] {
  const poisons = new Set(allPoisonIds);
  const isPoison = (_: unknown, i: number) => poisons.has(scores.sampleIds[i]);
  const isClean = (_: unknown, i: number) => !poisons.has(scores.sampleIds[i]);
  const split = (values: Float64Array) =>
    [
      { name: names.clean, scores: values.filter(isClean) },
      { name: names.poison, scores: values.filter(isPoison) },
    ] as const;
  const figures: Figure[] = [
    {
      title: "Scores and cuts",
      caption:
        "How high clean reference samples score (line) beside suspects, poisons on top. What is right of a cut (dashed) is flagged by it.",
      spec: nullAgainstSuspects({
        reference: { name: names.reference, scores: scores.cleanScores },
        suspects: split(scores.scores),
        cuts: thresholds,
      }),
    },
  ];
  if (traces.epochs.length > 1)
    figures.push({
      title: "Scores by epoch",
      caption: "Median of each kind in each captured epoch; the middle half is shaded.",
      spec: scoreByEpoch(traces.epochs, [
        { name: names.reference, color: "trusted", traces: traces.clean },
        { name: names.clean, color: "suspect", traces: traces.suspects.filter(isClean) },
        { name: names.poison, color: "flagged", traces: traces.suspects.filter(isPoison) },
      ]),
    });
  if (calibrated === undefined) return figures;
  const flagged = calibrated.scores.filter((_, i) => calibrated.flagged[i] === 1);
  figures.push({
    title: "The calibrated test",
    caption:
      "The same samples as a scan would score them: told of one half of the reference samples, it ranks the other half (line) among the suspects." +
      (flagged.length > 0 ? " The dashed line is the lowest score that it flags." : ""),
    spec: nullAgainstSuspects({
      reference: { name: names.reference, scores: calibrated.reference },
      suspects: split(calibrated.scores),
      cuts: flagged.length > 0 ? [{ name: "", value: flagged.reduce((a, b) => Math.min(a, b)) }] : [],
    }),
  });
  if (isEvidence && calibrated.atLeast > 0)
    figures.push({
      title: "How many suspects are not clean",
      caption:
        "Of the k suspects with the highest scores (of the first split) at least so many are not clean, for all k at once, without any knowledge of the truth. On the dotted line all of them would be.",
      spec: boundCurve(calibrated.bound),
    });
  return figures;
}
