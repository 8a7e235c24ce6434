import { allIds } from "../../datasets/select.js";
import { sampleWithoutReplacement } from "../../random/rng.js";
import type { Detector } from "../detector.js";
import { softmax } from "../network-pass.js";
import { belowPercentile } from "../own-cuts.js";

const overlays = 16;
const percentile = 10;

/** STRIP (Gao et al., arXiv:1902.06531) as a cleanser: how sure the network stays of an image that others are laid over. */
export const strip: Detector = {
  title: "STRIP",
  about: `${overlays} clean images added, unclipped (of 100 in the paper); own cut: entropy below the ${percentile}th percentile of trusted images`,
  missing: ({ forward }) => (forward.numOverlays === 0 ? "there are no clean images to lay over" : undefined),
  async score({ members, pass: { numClasses }, forward }, trusted, rng) {
    const chosen = sampleWithoutReplacement(
      rng,
      allIds(forward.numOverlays),
      Math.min(overlays, forward.numOverlays),
    );
    const entropy = new Float64Array(members.length);
    for (const overlay of chosen) {
      const logits = await forward.overlaid(members, overlay);
      entropy.forEach((_, i) => {
        for (const p of softmax(logits.subarray(i * numClasses, (i + 1) * numClasses)))
          entropy[i] -= ((p + 1e-8) * Math.log(p + 1e-8)) / chosen.length;
      });
    }
    return {
      scores: entropy.map((value) => -value),
      flagged: belowPercentile(entropy, trusted.members, percentile),
    };
  },
};
