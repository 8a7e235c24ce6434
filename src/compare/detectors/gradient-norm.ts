import type { Detector, Examined } from "../detector.js";
import { type NetworkPass, probabilities } from "../network-pass.js";
import { highOutliers } from "../own-cuts.js";
import { noEarlier } from "./loss.js";

/** ||p - onehot(y)|| (EL2N; Paul et al., arXiv:2107.07075). */
function el2n(pass: NetworkPass, row: number): number {
  const p = probabilities(pass, row);
  p[pass.labels[row]] -= 1;
  return Math.sqrt(p.reduce((sum, value) => sum + value * value, 0));
}

/** Norm of the last layer's gradient, bias included. */
function grand(pass: NetworkPass, row: number): number {
  const { cols, data } = pass.features;
  const squares = data.subarray(row * cols, (row + 1) * cols).reduce((sum, value) => sum + value * value, 0);
  return el2n(pass, row) * Math.sqrt(squares + 1);
}

const ofNorm = (
  title: string,
  about: string,
  norm: (examined: Examined, row: number) => number,
): Detector => ({
  title,
  about: `${about}; own cut: robust z above 3.5 in the class`,
  score(examined) {
    const scores = Float64Array.from(examined.members, (row) => norm(examined, row));
    return { scores, flagged: highOutliers(scores) };
  },
});

export const errorNorm = ofNorm("EL2N", "length of the error", ({ pass }, row) => el2n(pass, row));
export const gradientNorm = ofNorm("GraNd", "length of the last layer's gradient", ({ pass }, row) =>
  grand(pass, row),
);

/** Self-influence (TracInCP; Pruthi et al., arXiv:2002.08484). The learning rates, those of separate trainings, are left out. */
export const selfInfluence: Detector = {
  ...ofNorm(
    "TracIn",
    "squared length of the last layer's gradient, over the networks that were kept",
    ({ pass, earlier }, row) => [...earlier, pass].reduce((sum, one) => sum + grand(one, row) ** 2, 0),
  ),
  missing: noEarlier,
};
