import { clopperPearson, type Interval } from "./clopper-pearson.js";

/** `count` out of `of`. */
export interface Share {
  readonly count: number;
  readonly of: number;
}

/** In [0, 1]; undefined of nothing. */
export const fractionOf = ({ count, of }: Share): number | undefined => (of === 0 ? undefined : count / of);

/** @param fraction in [0, 1] of `of`, but for rounding a whole count */
export const shareOf = (fraction: number, of: number): Share => ({ count: Math.round(fraction * of), of });

/**
 * "59/64 [82.7, 97.4]": with the exact 95 % interval (Clopper and Pearson) in percent; "–" of what was not counted, or of nothing.
 * @param interval where it is known
 */
export function shareText(share: Share | undefined, interval?: Interval): string {
  if (share === undefined || share.of === 0) return "–";
  return `${share.count}/${share.of} ${intervalText(interval ?? clopperPearson(share.count, share.of))}`;
}

/** "92.2 % (59/64 [82.7, 97.4])" */
export const rateText = (share: Share | undefined): string =>
  share === undefined || share.of === 0
    ? "–"
    : `${inPercent(share.count / share.of)} % (${shareText(share)})`;

/** "[82.7, 97.4]": in percent; of a mean that may reach further, what shares can be. */
export const intervalText = ({ lower, upper }: Interval): string =>
  `[${inPercent(Math.max(0, lower))}, ${inPercent(Math.min(1, upper))}]`;

const inPercent = (fraction: number): string => (100 * fraction).toFixed(1);
