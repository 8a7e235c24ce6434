import type { Detector } from "../detector.js";
import { probabilities, softmax } from "../network-pass.js";
import { belowPercentile } from "../own-cuts.js";

const rates = [0.1, 0.3, 0.5, 0.7, 0.9];
/** Passes that choose the rate, at each; passes that are averaged. */
const [trials, passes] = [2, 10];
const percentile = 10;

/**
 * PSBD (Li et al., CVPR 2025): how much of the predicted class's probability dropout takes away. Poisons keep theirs.
 */
export const predictionShift: Detector = {
  title: "PSBD",
  about: `dropout behind every stage, ${passes} passes at that of the rates ${rates.join(", ")} whose shifts spread most; own cut (ours): shift below the ${percentile}th percentile of trusted images`,
  async score({ members, pass, forward }, trusted, rng) {
    const { numClasses } = pass;
    const before = Array.from(members, (row) => {
      const p = probabilities(pass, row);
      const predicted = p.indexOf(Math.max(...p));
      return { predicted, probability: p[predicted] };
    });
    const shiftOf = async (rate: number, count: number): Promise<Float64Array> => {
      const shift = new Float64Array(members.length);
      for (let k = 0; k < count; k++) {
        const logits = await forward.dropped(members, rate, rng.fork(`${rate}/${k}`).seed());
        before.forEach(({ predicted, probability }, i) => {
          const p = softmax(logits.subarray(i * numClasses, (i + 1) * numClasses));
          shift[i] += (probability - p[predicted]) / count;
        });
      }
      return shift;
    };
    let best = { rate: rates[0], spread: -1 };
    for (const rate of rates) {
      const spread = variance(await shiftOf(rate, trials));
      if (spread > best.spread) best = { rate, spread };
    }
    const shift = await shiftOf(best.rate, passes);
    return {
      scores: shift.map((value) => -value),
      flagged: belowPercentile(shift, trusted.members, percentile),
    };
  },
};

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
