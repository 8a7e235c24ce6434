import { rateText } from "../statistics/share.js";
import { newestOf, type RateName, type StageResult, shareOfRate } from "./results.js";

/** What a run measured, the models one below the other: before, after and the controls; then the detection. */
export function summaryTable(rows: readonly StageResult[]): string[] {
  const all = newestOf(rows);
  const lines = (header: Line, names: readonly (readonly [string, RateName, RateName])[]): Line[] => {
    const measured = names.filter(
      ([, first, second]) => all[first] !== undefined || all[second] !== undefined,
    );
    const rate = (name: RateName): string => rateText(shareOfRate(all, name));
    return measured.length === 0
      ? []
      : [header, ...measured.map(([name, first, second]): Line => [name, rate(first), rate(second)])];
  };
  const table = [
    ...lines(
      ["", "clean accuracy (ACC)", "attack success (ASR)"],
      [
        ["before", "poisonedTrainingAccuracy", "poisonedTrainingAsr"],
        ["after", "retrainAccuracy", "retrainAsr"],
        ["as many removed at random", "retrainControlAccuracy", "retrainControlAsr"],
        ["without any poison", "cleanTrainingAccuracy", "cleanTrainingAsr"],
      ],
    ),
    ...lines(
      ["threshold", "poisons found (TPR)", "clean accused (FPR)"],
      [
        ["KMeans", "truePositiveRateKmeans", "falsePositiveRateKmeans"],
        ["Gaussian", "truePositiveRateGaussian", "falsePositiveRateGaussian"],
      ],
    ),
  ];
  const width = (column: 0 | 1): number => Math.max(0, ...table.map((line) => line[column].length));
  return table.map(([name, first, second]) =>
    `${name.padEnd(width(0))}  ${first.padEnd(width(1))}  ${second}`.trimEnd(),
  );
}

type Line = readonly [string, string, string];
