import { shownPath } from "../../files/shown-path.js";
import { formatCount, percent } from "../../format.js";
import type { Measure, VerdictText } from "../../report/model.js";
import { rateText, type Share, shareText } from "../../statistics/share.js";
import { isEvidence } from "../calibrated-verdict.js";
import type { Experiment } from "../experiment.js";
import type { Judgement } from "../judge.js";
import type { Findings } from "./findings.js";
import type { ModelMeasures } from "./measures.js";

/** What was planted, what was found, and what came of it, in words. @param chosen the cut that decides */
export function verdictText(
  { config, dataset, subject, truth }: Pick<Experiment, "config" | "dataset" | "subject" | "truth">,
  { calibrated }: Findings,
  { rates, threshold }: Judgement,
  measured: ModelMeasures,
): VerdictText {
  const { truePositives, falsePositives, flagged } = rates;
  const suspects = truePositives.of + falsePositives.of;
  return {
    tone: calibrated === undefined ? "inconclusive" : isEvidence(calibrated) ? "evidence" : "none",
    headline:
      `${countOf(truePositives)} poisons found` +
      (falsePositives.of > 0 ? `, ${countOf(falsePositives)} clean suspects flagged` : ""),
    lines: [
      `The ${threshold.name} cut, which decides what is excluded, flags ${formatCount(flagged.length)} of ${formatCount(suspects)} suspects: those with a score above ${threshold.value.toFixed(4)}.`,
      `The attack ${config.attack} had planted ${formatCount(truth.allPoisonIds.length)} poisons in class “${shownPath(dataset.classNames[config.targetClass])}” of ${dataset.name}, among ${formatCount(subject.trainIds.length)} training images. This is known because we planted them: no score has seen it.`,
      calibratedLine(calibrated, suspects),
      ...retrainedLine(measured),
    ],
    numbers: [
      { name: "suspects", value: formatCount(suspects) },
      { name: "flagged", value: formatCount(flagged.length) },
      ...rateNumber("TPR", truePositives),
      ...rateNumber("FPR", falsePositives),
      ...rateNumber("ASR before", measured.poisonedTrainingAsr),
      ...rateNumber("ASR after", measured.retrainAsr),
    ],
  };
}

/** "3 of 10", which no line is to break. */
const countOf = ({ count, of }: Share): string => `${formatCount(count)}\u00a0of\u00a0${formatCount(of)}`;

/** Nothing of what was not measured. */
function rateNumber(name: string, rate: Measure): VerdictText["numbers"] {
  if (rate === undefined || rate.of === 0) return [];
  const { count, of } = rate;
  return [{ name, value: percent(count / of), detail: shareText(rate) }];
}

function calibratedLine(calibrated: Findings["calibrated"], suspects: number): string {
  const test = "The calibrated test, which knows of the clean reference samples alone,";
  if (calibrated === undefined) return `${test} could say nothing: there are too few of these.`;
  const p = calibrated.p.toPrecision(2);
  const { wouldNotice } = calibrated;
  if (isEvidence(calibrated))
    return (
      `${test} finds evidence of poison (p ${p}): at least ${formatCount(calibrated.atLeast)} of ${formatCount(suspects)} suspects are not clean.` +
      (wouldNotice === undefined
        ? ""
        : ` Of poisons above all others it takes ${formatCount(wouldNotice)} to be noticed.`)
    );
  const noticed =
    wouldNotice === undefined
      ? "It would have noticed no number of poisons."
      : `It would notice ${formatCount(wouldNotice)} or more poisons of ${formatCount(suspects)} that score above all others; fewer can hide.`;
  return `${test} finds no evidence (p ${p}). ${noticed}`;
}

function retrainedLine(measured: ModelMeasures): string[] {
  if (measured.retrainAsr === undefined) return [];
  const change = (from: Measure, to: Measure) =>
    from === undefined ? rateText(to) : `${rateText(from)} before, ${rateText(to)} after`;
  return [
    `Retrained without what was excluded: attack success ${change(measured.poisonedTrainingAsr, measured.retrainAsr)}; clean accuracy ${change(measured.poisonedTrainingAccuracy, measured.retrainAccuracy)}.`,
  ];
}
