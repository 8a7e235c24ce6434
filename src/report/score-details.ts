import type { ImageCard } from "./model.js";

/** float64 [m] each; see `ScoreVerdict`. */
interface ImageValues {
  readonly pValues: Float64Array;
  readonly eValues: Float64Array;
  readonly flaggedIn: Float64Array;
}

/** What the score of image `i` is worth, as details of its card. */
export const scoreDetails = (
  { pValues, eValues, flaggedIn }: ImageValues,
  i: number,
): ImageCard["details"][number][] => [
  { name: "p", value: pValues[i].toPrecision(2), number: pValues[i] },
  { name: "e-value", value: eValues[i].toPrecision(3), number: eValues[i] },
  { name: "flagged in", value: `${Math.round(100 * flaggedIn[i])} % of splits`, number: flaggedIn[i] },
];
