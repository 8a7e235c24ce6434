import { spectralScores } from "../../detection/spectral-score.js";
import type { Detector } from "../detector.js";
import { topOf } from "../own-cuts.js";

/**
 * Spectral signatures (Tran et al., arXiv:1811.00636): the squared projection of centred penultimate activations on the direction in
 * which those of the class vary most.
 */
export const spectralSignatures: Detector = {
  title: "spectral signatures",
  about: "own cut: 1.5 times the assumed number of poisons in every class, at most half of it",
  usesShare: true,
  score({ members, pass, assumedShare }) {
    const scores = spectralScores(pass.features, members);
    return { scores, flagged: topOf(scores, 1.5 * assumedShare * pass.labels.length) };
  },
};
