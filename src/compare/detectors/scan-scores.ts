import type { ScoreName } from "../../scan/score-names.js";
import type { Detector } from "../detector.js";

/** A score of a scan's battery, as a scan of the same images would give it. */
const scanScore = (name: ScoreName, about: string): Detector => ({
  title: `scan: ${name}`,
  about,
  async score({ scanJudges, members }, _, rng) {
    const judge = (await scanJudges()).find((one) => one.name === name);
    if (!judge) throw new Error(`No judge of ${name}.`);
    const { ranked } = await judge.scorer.score(new Int32Array(0), members, `${rng.seed()}`);
    return { scores: ranked };
  },
});

export const scanPattern = scanScore("pattern", "what is unusual about pixels and shared by some images");
export const scanNoise = scanScore("noise", "how much of what is fine in an image is finer still");
export const scanActivations = scanScore(
  "activations",
  "the most skewed direction of all stages' activations",
);
