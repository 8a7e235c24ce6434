import { allIds, withoutIds } from "../../datasets/select.js";
import { drawRows } from "../../detection/per-sample-rows.js";
import { scoreSamples } from "../../scoring/poison-score.js";
import type { Detector } from "../detector.js";
import { rowsOf } from "../network-pass.js";
import { noIncrements } from "./trained-forest.js";

/**
 * The method's own scoring, its trusted images in disguise: a part of them is scored among the suspects, without its knowing.
 */
export const poisonspot: Detector = {
  title: "PoisonSpot",
  about: "increments scored as by --score_samples; own cut: that of the run",
  usesTrusted: true,
  missing: noIncrements,
  cutOfRun: ({ increments }) => increments?.excluded,
  async score({ members, increments }, { members: fit }, rng) {
    if (!increments) throw new Error("No increments.");
    const { cvModel, groups, k2 } = increments.scoring;
    const drawn = drawRows(increments, rng.fork("rows"));
    const ranked = withoutIds(allIds(members.length), fit);
    const tableOf = (of: Int32Array) => {
      const ids = Int32Array.from(
        [...of].flatMap((member) => Array<number>(drawn[member].length).fill(member)),
      );
      return {
        ids,
        table: rowsOf(
          increments.table,
          [...of].flatMap((member) => [...drawn[member]]),
        ),
      };
    };
    const [suspects, clean] = [tableOf(ranked), tableOf(fit)];
    const found = await scoreSamples(
      { suspectRows: suspects.table, suspectIds: suspects.ids, cleanRows: clean.table, cleanIds: clean.ids },
      { cvModel, groups, k2, seed: rng.fork("folds").seed() },
    );
    const scores = new Float64Array(members.length);
    found.sampleIds.forEach((member, i) => {
      scores[member] = found.scores[i];
    });
    found.cleanIds.forEach((member, i) => {
      scores[member] = found.cleanScores[i];
    });
    return { scores };
  },
};
