import { csvLine } from "../store/csv.js";
import { nameOf } from "./cell.js";
import { cellEstimate, type Estimate, type Row, rowEstimate, rowsOf } from "./estimates.js";
import { columns, type Measure, measures } from "./measures.js";
import type { Outcome } from "./outcomes.js";

/** The tables of a sweep. */
export interface Tables {
  /** For people: rates, counts, what is missing. */
  readonly markdown: string;
  /** A line a row: ours, then the original's, in percent. */
  readonly csv: string;
  /** A line a cell and rate: count, of how many, and the exact interval. */
  readonly ratesCsv: string;
}

/** @param note said above the table */
export function tablesOf(title: string, note: string | undefined, outcomes: readonly Outcome[]): Tables {
  const rows = rowsOf(outcomes);
  const hasSeeds = outcomes.some(({ cell }) => cell.seed !== undefined);
  const markdown = [
    `# ${title}`,
    "",
    ...(note === undefined ? [] : [note]),
    hasSeeds
      ? "In percent: the mean over seeds and half of its 95 % interval (Student). What the original reported stands in parentheses."
      : "In percent; what the original reported stands in parentheses.",
    "",
    ...rateTable(rows, hasSeeds),
    "",
    "## Counts",
    "",
    "In brackets the exact 95 % interval (Clopper and Pearson), in percent.",
    "",
    ...countTable(outcomes),
    "",
    ...missingList(outcomes),
  ];
  return { markdown: `${markdown.join("\n")}`, csv: wideCsv(rows), ratesCsv: longCsv(outcomes) };
}

const tableLine = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const tableHead = (headers: readonly string[]): string[] => [
  tableLine(headers),
  tableLine(headers.map(() => "---")),
];

function rateTable(rows: readonly Row[], hasSeeds: boolean): string[] {
  const headers = ["cell", ...(hasSeeds ? ["seeds"] : []), ...columns.map(({ header }) => header), ""];
  return [
    ...tableHead(headers),
    ...rows.map((row) => {
      const missing = row.outcomes.filter((outcome) => outcome.missing !== undefined);
      const seeds = `${row.outcomes.length - missing.length}/${row.outcomes.length}`;
      const cells = columns.map(({ pair }) => pairText(row, pair));
      const remark = hasSeeds ? "" : (missing[0]?.missing ?? "");
      return tableLine([row.label, ...(hasSeeds ? [seeds] : []), ...cells, remark]);
    }),
  ];
}

/** "ours (original's)" where the original reported the cell. */
function pairText(row: Row, pair: readonly [Measure, Measure]): string {
  const isMeasured = row.outcomes.some(({ measured }) => measured !== undefined);
  const ours = isMeasured ? pair.map(({ rate }) => meanText(rowEstimate(row, rate))).join(" / ") : "";
  const theirs = pair.map((measure) => reportedOf(row, measure));
  return theirs[0] === undefined ? ours : `${ours} (${theirs.map((value) => value?.toFixed(1)).join(" / ")})`;
}

const reportedOf = ({ outcomes }: Row, { reportedOf }: Measure): number | undefined =>
  outcomes[0].cell.reported && reportedOf(outcomes[0].cell.reported);

const percent = (fraction: number): string => (100 * fraction).toFixed(1);

/** "98.4", or of several cells "98.4 ± 1.2". */
function meanText(estimate: Estimate | undefined): string {
  if (estimate === undefined) return "–";
  const { rate, interval, cells } = estimate;
  return cells > 1 && interval ? `${percent(rate)} ± ${percent(interval.upper - rate)}` : percent(rate);
}

function countTable(outcomes: readonly Outcome[]): string[] {
  const measured = outcomes.filter((outcome) => outcome.measured !== undefined);
  const text = (estimate: Estimate | undefined): string => {
    if (!estimate?.counted || !estimate.interval) return "–";
    const { counted, interval } = estimate;
    return `${counted.count}/${counted.of} [${percent(interval.lower)}, ${percent(interval.upper)}]`;
  };
  return [
    ...tableHead(["cell", ...measures.map(({ name }) => name)]),
    ...measured.map((outcome) =>
      tableLine([
        nameOf(outcome.cell),
        ...measures.map(({ rate }) => text(cellEstimate(outcome.measured, rate))),
      ]),
    ),
  ];
}

function missingList(outcomes: readonly Outcome[]): string[] {
  const missing = outcomes.filter((outcome) => outcome.missing !== undefined);
  if (missing.length === 0) return [];
  return ["## Missing", "", ...missing.map((outcome) => `- ${nameOf(outcome.cell)}: ${outcome.missing}`), ""];
}

function wideCsv(rows: readonly Row[]): string {
  const names = measures.map(({ name }) => name);
  const lines = rows.map((row) => {
    const ours = measures.map(({ rate }) => {
      const estimate = rowEstimate(row, rate);
      return estimate ? (100 * estimate.rate).toFixed(2) : "";
    });
    const theirs = measures.map((measure) => String(reportedOf(row, measure) ?? ""));
    const missing = row.outcomes.flatMap((outcome) => outcome.missing ?? []);
    return csvLine([row.label, ...ours, ...theirs, [...new Set(missing)].join("; ")]);
  });
  const header = csvLine(["cell", ...names, ...names.map((name) => `original ${name}`), "missing"]);
  return `${[header, ...lines].join("\n")}\n`;
}

function longCsv(outcomes: readonly Outcome[]): string {
  const lines = outcomes.flatMap(({ cell, measured }) =>
    measures.flatMap(({ name, rate }) => {
      const estimate = cellEstimate(measured, rate);
      if (!estimate) return [];
      const { counted, interval } = estimate;
      const figures = [counted?.count, counted?.of, estimate.rate, interval?.lower, interval?.upper];
      return [csvLine([cell.id, cell.label, String(cell.seed ?? ""), name, ...figures.map(figure)])];
    }),
  );
  const header = csvLine(["id", "cell", "seed", "rate", "count", "of", "share", "lower", "upper"]);
  return `${[header, ...lines].join("\n")}\n`;
}

const figure = (value: number | undefined): string =>
  value === undefined ? "" : String(Number(value.toPrecision(6)));
