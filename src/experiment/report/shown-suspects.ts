import { highestFirst } from "../../statistics/ranks.js";

/** Images shown: flagged ones and those next in rank. The table of scores has all suspects. */
const [mostFlagged, mostNext] = [200, 80];

/** Positions of suspects that a report shows whatever they are: the highest scores first. @param cut a score above it is flagged */
export function shownSuspects(scores: Float64Array, cut: number): number[] {
  const ranked = highestFirst(scores);
  const numFlagged = ranked.filter((i) => scores[i] > cut).length;
  return [
    ...ranked.slice(0, Math.min(numFlagged, mostFlagged)),
    ...ranked.slice(numFlagged).slice(0, mostNext),
  ];
}
