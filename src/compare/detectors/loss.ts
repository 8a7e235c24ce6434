import type { Detector, DetectorScores, Examined } from "../detector.js";
import { type NetworkPass, probabilities } from "../network-pass.js";
import { highOutliers } from "../own-cuts.js";

/** Share of all images that is flagged. */
const isolated = 0.01;

/** Cross-entropy of a row. */
const lossOf = (pass: NetworkPass, row: number): number =>
  -Math.log(Math.max(probabilities(pass, row)[pass.labels[row]], Number.MIN_VALUE));

/** Scores members by how low the mean loss of some passes is, and flags the lowest of all images. */
function lowLoss({ members, pass }: Examined, passes: readonly NetworkPass[]): DetectorScores {
  const losses = Float64Array.from(pass.labels, (_, row) =>
    passes.reduce((sum, one) => sum + lossOf(one, row) / passes.length, 0),
  );
  const limit = losses.slice().sort()[Math.floor(isolated * losses.length)];
  return {
    scores: Float64Array.from(members, (row) => -losses[row]),
    flagged: Uint8Array.from(members, (row) => (losses[row] < limit ? 1 : 0)),
  };
}

/** Low loss, as ABL isolates by (Li et al., arXiv:2110.11571), without its training of its own. */
export const finalLoss: Detector = {
  title: "low loss",
  about: "of the finished network; own cut: the lowest 1 % of all images",
  score: (examined) => lowLoss(examined, [examined.pass]),
};

export const earlyLoss: Detector = {
  title: "low early loss",
  about:
    "mean over networks trained for less long, for ABL's first epochs; own cut: the lowest 1 % of all images",
  missing: noEarlier,
  score: (examined) => lowLoss(examined, examined.earlier),
};

export function noEarlier({ earlier }: Examined): string | undefined {
  return earlier.length === 0 ? "no network that was trained for less long was kept" : undefined;
}

/** p_y less the largest other probability, in [-1, 1]. */
const margins = ({ label, members, pass }: Examined): Float64Array =>
  Float64Array.from(members, (row) => {
    const p = probabilities(pass, row);
    const other = p.reduce((most, value, c) => (c === label ? most : Math.max(most, value)), 0);
    return p[label] - other;
  });

const ofMargins = (title: string, why: string, sign: 1 | -1): Detector => ({
  title,
  about: `${why}; own cut: robust z above 3.5 in the class`,
  score(examined) {
    const scores = margins(examined).map((margin) => sign * margin);
    return { scores, flagged: highOutliers(scores) };
  },
});

export const lowMargin = ofMargins(
  "low margin",
  "as of wrong labels (Northcutt et al., arXiv:1911.00068)",
  -1,
);
export const highMargin = ofMargins("high margin", "as of a shortcut that was learnt", 1);
