import type { ResultRow, StageResult } from "../../src/experiment/results.js";
import { csvLine } from "../../src/store/csv.js";
import type { Cell, Reported } from "./cells.js";

/** What became of a cell; its numbers when it ran to its end. */
export interface Outcome {
  readonly cell: Cell;
  readonly measured?: StageResult;
  /** Why there are none. */
  readonly missing?: string;
}

/** The newest number of each stage. */
export const newest = (rows: readonly ResultRow[]): StageResult =>
  Object.assign(
    {},
    ...rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))),
  );

/** A column pair: its header, ours, and the original's name for it. */
const columns = [
  ["before: ACC / ASR", "poisonedTrainingAccuracy", "poisonedTrainingAsr", "before"],
  ["TPR / FPR (KMeans)", "truePositiveRateKmeans", "falsePositiveRateKmeans", "kmeans"],
  ["TPR / FPR (Gaussian)", "truePositiveRateGaussian", "falsePositiveRateGaussian", "gaussian"],
  ["after: ACC / ASR", "retrainAccuracy", "retrainAsr", "after"],
] as const satisfies readonly (readonly [string, keyof StageResult, keyof StageResult, keyof Reported])[];

const percent = (fraction: number | undefined) =>
  fraction === undefined ? "–" : (100 * fraction).toFixed(1);

/** In percent; "ours (original's)" where the original reported the cell. */
function texts({ cell, measured }: Outcome): string[] {
  return columns.map(([, first, second, name]) => {
    const ours = measured ? `${percent(measured[first])} / ${percent(measured[second])}` : "";
    const theirs = cell.reported?.[name];
    return theirs ? `${ours} (${theirs[0].toFixed(1)} / ${theirs[1].toFixed(1)})` : ours;
  });
}

/** @param note said above the table */
export function markdown(title: string, note: string, outcomes: readonly Outcome[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rows = outcomes.map((outcome) =>
    line([outcome.cell.label, ...texts(outcome), outcome.missing ?? ""]),
  );
  return [
    `# ${title}`,
    "",
    note,
    "In percent; what the original reported stands in parentheses.",
    "",
    line(["cell", ...columns.map(([header]) => header), ""]),
    line(Array.from({ length: columns.length + 2 }, () => "---")),
    ...rows,
    "",
  ].join("\n");
}

/** One line a cell: ours, then the original's, in percent. */
export function csv(outcomes: readonly Outcome[]): string {
  const names = columns.flatMap(([header]) => {
    const [first, second] = header.replace(/^.*: /, "").split(" / ");
    const prefix = /^(\w+): /.exec(header)?.[1] ?? /\((\w+)\)/.exec(header)?.[1] ?? "";
    return [`${prefix} ${first}`, `${prefix} ${second.replace(/ \(.*/, "")}`];
  });
  const rows = outcomes.map(({ cell, measured, missing }) => {
    const ours = columns.flatMap(([, first, second]) => [measured?.[first], measured?.[second]]);
    const theirs = columns.flatMap(([, , , name]) => (cell.reported?.[name] ?? ["", ""]).map(String));
    const shown = ours.map((value) => (value === undefined ? "" : (100 * value).toFixed(2)));
    return csvLine([cell.label, ...shown, ...theirs, missing ?? ""]);
  });
  const header = csvLine(["cell", ...names, ...names.map((name) => `original ${name}`), "missing"]);
  return `${[header, ...rows].join("\n")}\n`;
}
