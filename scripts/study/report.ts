import { median } from "../../src/statistics/median.js";
import { markdownTable } from "./markdown-table.js";
import type { ClassMeasure } from "./measure.js";
import type { NetworkMeasure } from "./run.js";
import { measuredAttacks } from "./settings.js";

/** Twice the median of p-values of several splits is a p-value, however they depend on each other (arXiv:1212.4966). */
const combinedP = (p: readonly number[]): number => Math.min(1, 2 * median(p));

const pText = (p: number): string => (p < 0.001 ? p.toExponential(0) : p.toFixed(3).replace(/^0/, ""));

/** "AUC, p, flagged poisons/flagged clean, at least" of one class. */
function cell({ auc, p, redraw, flaggedTogether: [all, poisons], atLeast }: ClassMeasure): string {
  const flags = all > 0 ? ` ${poisons}+${all - poisons}` : "";
  const bound = median(atLeast) > 0 ? ` >=${median(atLeast)}` : "";
  const area = auc === undefined ? "" : `${auc.toFixed(2).replace(/^0/, "")} `;
  const redrawn = redraw === undefined ? "" : ` (${pText(redraw)})`;
  return `${area}p ${pText(combinedP(p))}${redrawn}${flags}${bound}`;
}

/** One row a detector and network: the attacks' classes, then what was found in the clean ones. */
export function markdown(measures: readonly NetworkMeasure[]): string {
  const header = ["detector", "seed.net", ...measuredAttacks, "clean: p of each class", "flagged, bound"];
  const rows = measures.map(({ detector, seed, network, classes }) => {
    const of = (attack: string) => classes.filter((one) => one.attack === attack);
    const clean = of("clean");
    const flagged = clean.reduce((sum, { flaggedTogether: [all] }) => sum + all, 0);
    const bound = clean.reduce((sum, { atLeast }) => sum + median(atLeast), 0);
    return [
      detector,
      `${seed}.${network}`,
      ...measuredAttacks.map((name) => of(name).map(cell).join(" ") || "-"),
      clean
        .map(({ p, redraw }) => pText(combinedP(p)) + (redraw === undefined ? "" : ` (${pText(redraw)})`))
        .join(" "),
      `${flagged}, ${bound}`,
    ];
  });
  return markdownTable([header, ...rows]);
}
