import { formatCount } from "../format.js";
import { nameOf } from "./cell.js";
import type { CellCondition, CellStatus } from "./sweep-status.js";

const meanings: Readonly<Record<CellCondition, string>> = {
  done: "",
  running: "",
  dead: "their process is no more; run them again to go on",
  failed: "",
  stopped: "saved; run them again to go on",
  waiting: "not run yet",
  impossible: "",
};
/** Cells of a kind that are listed; a sweep may have thousands. */
const maxListed = 20;

/** How many cells are done, and what of the others, as lines for people. */
export function describeSweep(statuses: readonly CellStatus[]): string[] {
  const of = (condition: CellCondition) => statuses.filter((status) => status.condition === condition);
  const counts = (Object.keys(meanings) as CellCondition[]).flatMap((condition) => {
    const count = of(condition).length;
    return count === 0 ? [] : [`${formatCount(count)} ${condition}`];
  });
  const listed = (["running", "dead", "failed", "stopped", "impossible"] as const).flatMap((condition) =>
    list(condition, of(condition)),
  );
  return [`${formatCount(statuses.length)} cells: ${counts.join(", ")}`, ...listed];
}

function list(condition: CellCondition, statuses: readonly CellStatus[]): string[] {
  if (statuses.length === 0) return [];
  const meaning = meanings[condition];
  const more = statuses.length - maxListed;
  return [
    "",
    `${condition}${meaning && ` (${meaning})`}:`,
    ...statuses.slice(0, maxListed).map(describeCell),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ];
}

function describeCell({ cell, index, condition, state, runner }: CellStatus): string {
  const attempts = state && state.attempts > 1 ? `, attempt ${state.attempts}` : "";
  const job = state?.job === undefined ? "" : `, job ${state.job}`;
  const why =
    condition === "impossible"
      ? cell.impossible
      : (runner ?? state?.reason ?? `process ${state?.pid} on ${state?.host}`);
  return `  ${index}  ${cell.id}  ${nameOf(cell)}: ${why}${attempts}${job}`;
}
