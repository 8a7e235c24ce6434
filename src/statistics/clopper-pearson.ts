import { incompleteBetaInverse } from "./incomplete-beta.js";

/** Bounds of what is estimated. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The exact interval of a share of which `count` of `of` trials were seen (Clopper and Pearson, 1934): it holds the true share
 * in at least `confidence` of all experiments, however small.
 * @param count from 0 to `of`
 * @returns fractions in [0, 1]; everything is possible without a trial
 */
export function clopperPearson(count: number, of: number, confidence = 0.95): Interval {
  if (!(count >= 0 && count <= of)) throw new Error(`${count} of ${of} is no share.`);
  const tail = (1 - confidence) / 2;
  return {
    lower: count === 0 ? 0 : incompleteBetaInverse(tail, count, of - count + 1),
    upper: count === of ? 1 : incompleteBetaInverse(1 - tail, count + 1, of - count),
  };
}
