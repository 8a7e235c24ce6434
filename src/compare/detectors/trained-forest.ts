import { allIds, withoutIds } from "../../datasets/select.js";
import { openForestScorer, verdictForest } from "../../detection/forest-scorer.js";
import { drawRows, meanRows } from "../../detection/per-sample-rows.js";
import type { Rng } from "../../random/rng.js";
import type { Matrix } from "../../scoring/table/matrix.js";
import type { Detector, Examined } from "../detector.js";
import { rowsOf } from "../network-pass.js";

/** A random forest that tells trusted images from others; only what it looks at differs. */
const trainedForest = (
  title: string,
  about: string,
  table: (examined: Examined, rng: Rng) => Matrix,
): Detector => ({
  title,
  about: `${about}; a random forest of ${verdictForest.trees} trees against trusted images, out of bag`,
  usesTrusted: true,
  async score(examined, { members: fit }, rng) {
    const scorer = await openForestScorer(table(examined, rng.fork("rows")), verdictForest);
    try {
      const ranked = withoutIds(allIds(examined.members.length), fit);
      const found = await scorer.score(fit, ranked, `${rng.fork("forest").seed()}`);
      const scores = new Float64Array(examined.members.length);
      fit.forEach((member, i) => {
        scores[member] = found.fit[i];
      });
      ranked.forEach((member, i) => {
        scores[member] = found.ranked[i];
      });
      return { scores };
    } finally {
      await scorer.close();
    }
  },
});

export const forestOnStages = trainedForest(
  "forest on all stages",
  "mean and maximum of every stage's activations",
  ({ stages }) => stages,
);

/** The control: what the increments are worth their cost for. */
export const forestOnPenultimate = trainedForest(
  "forest on penultimate activations",
  "what the head sees",
  ({ pass, members }) => rowsOf(pass.features, members),
);

export const noIncrements = ({ increments }: Examined): string | undefined =>
  increments === undefined ? "no increments were captured of these images" : undefined;

export const forestOnIncrements: Detector = {
  ...trainedForest(
    "forest on increments",
    "mean increments of equally many steps an image",
    (examined, rng) => {
      if (!examined.increments) throw new Error("No increments.");
      return meanRows(examined.increments, drawRows(examined.increments, rng));
    },
  ),
  missing: noIncrements,
};
