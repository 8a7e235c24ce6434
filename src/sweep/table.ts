import { formatCount } from "../format.js";
import { intervalText, shareText } from "../statistics/share.js";
import { csvLine } from "../store/csv.js";
import { nameOf } from "./cell.js";
import type { AssessedCell, Estimate, Row } from "./estimates.js";
import { type Measure, measures } from "./measures.js";

/** The tables of a sweep. */
export interface Tables {
  /** For people: rates, what is missing, counts. */
  readonly markdown: string;
  /** The same for a screen: of long lists the beginning. */
  readonly shortMarkdown: string;
  /** A line a row: ours, then the original's, in percent. */
  readonly csv: string;
  /** A line a row and rate: the mean over its cells, its interval, and all their counts together. */
  readonly meansCsv: string;
  /** A line a cell and rate: count, of how many, and the exact interval. */
  readonly ratesCsv: string;
}

/** Lines of a list that a screen shows. */
const shortLength = 40;

/** @param note said above the table */
export function tablesOf(title: string, note: string | undefined, rows: readonly Row[]): Tables {
  const cells = rows.flatMap((row) => row.cells);
  const hasSeeds = cells.some(({ outcome }) => outcome.cell.seed !== undefined);
  const rates = rateTable(rows, hasSeeds);
  const missing = missingList(cells);
  const counts = hasSeeds ? countTable(cells) : undefined;
  const markdownOf = (shown: (lines: readonly string[]) => readonly string[]) =>
    [
      `# ${title}`,
      "",
      ...(note === undefined ? [] : [note]),
      ...(hasSeeds
        ? ["Over seeds: the mean in percent with its 95 % interval (Student). Of one alone:"]
        : []),
      "Counts with the exact 95 % interval in percent (Clopper and Pearson). What the original reported stands in parentheses, in percent.",
      "",
      ...rates.head,
      ...shown(rates.lines),
      "",
      ...(missing.length > 0 ? ["## Missing", "", ...shown(missing), ""] : []),
      ...(counts ? ["## Counts", "", ...counts.head, ...shown(counts.lines), ""] : []),
    ].join("\n");
  return {
    markdown: markdownOf((lines) => lines),
    shortMarkdown: markdownOf(shortened),
    csv: wideCsv(rows),
    meansCsv: meansCsv(rows),
    ratesCsv: ratesCsv(cells),
  };
}

const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length <= shortLength
    ? lines
    : [...lines.slice(0, shortLength), "", `and ${formatCount(lines.length - shortLength)} more`];

/** A table in Markdown. */
interface Table {
  readonly head: readonly string[];
  readonly lines: readonly string[];
}

const tableLine = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const tableHead = (headers: readonly string[]): string[] => [
  tableLine(headers),
  tableLine(headers.map(() => "---")),
];

function rateTable(rows: readonly Row[], hasSeeds: boolean): Table {
  const shown = measures.filter((measure) => isShown(rows, measure));
  return {
    head: tableHead(["cell", ...(hasSeeds ? ["seeds"] : []), ...shown.map(({ name }) => name), ""]),
    lines: rows.map((row) => {
      const missing = row.cells.flatMap(({ outcome }) => outcome.missing ?? []);
      const seeds = `${row.cells.length - missing.length}/${row.cells.length}`;
      const cells = shown.map((measure) => measureText(row, measure));
      const remark = hasSeeds ? "" : (missing[0] ?? "");
      return tableLine([row.label, ...(hasSeeds ? [seeds] : []), ...cells, remark]);
    }),
  };
}

/** "ours (original's)" where the original reported the cell. */
function measureText(row: Row, measure: Measure): string {
  const isMeasured = row.cells.some(({ outcome }) => outcome.measured !== undefined);
  const ours = isMeasured ? estimateText(row.estimates[measure.rate]) : "";
  const theirs = reportedOf(row, measure);
  return theirs === undefined ? ours : `${ours} (${theirs.toFixed(1)})`.trimStart();
}

function reportedOf({ cells }: Row, measure: Measure): number | undefined {
  const [{ outcome }] = cells;
  return outcome.cell.reported && measure.reportedOf?.(outcome.cell.reported);
}

/** A control that no cell has is left out of tables for people. */
const isShown = (rows: readonly Pick<Row, "estimates">[], { rate, reportedOf }: Measure): boolean =>
  reportedOf !== undefined || rows.some(({ estimates }) => estimates[rate] !== undefined);

const percent = (fraction: number): string => (100 * fraction).toFixed(1);

/** "59/64 [82.7, 97.4]", or of several cells their mean: "98.4 [97.2, 99.6]". */
function estimateText(estimate: Estimate | undefined): string {
  if (estimate === undefined) return "–";
  const { rate, interval, counted, cells } = estimate;
  if (cells > 1 && interval) return `${percent(rate)} ${intervalText(interval)}`;
  return counted ? shareText(counted, interval) : `${percent(rate)}, not counted`;
}

function countTable(cells: readonly AssessedCell[]): Table {
  const shown = measures.filter((measure) => isShown(cells, measure));
  const measured = cells.filter(({ outcome }) => outcome.measured !== undefined);
  return {
    head: tableHead(["cell", ...shown.map(({ name }) => name)]),
    lines: measured.map(({ outcome, estimates }) =>
      tableLine([nameOf(outcome.cell), ...shown.map(({ rate }) => estimateText(estimates[rate]))]),
    ),
  };
}

const missingList = (cells: readonly AssessedCell[]): string[] =>
  cells.flatMap(({ outcome: { cell, missing } }) =>
    missing === undefined ? [] : [`- ${nameOf(cell)}: ${missing}`],
  );

function wideCsv(rows: readonly Row[]): string {
  const reported = measures.filter(({ reportedOf }) => reportedOf !== undefined);
  const lines = rows.map((row) => {
    const ours = measures.map(({ rate }) => {
      const estimate = row.estimates[rate];
      return estimate ? (100 * estimate.rate).toFixed(2) : "";
    });
    const theirs = reported.map((measure) => String(reportedOf(row, measure) ?? ""));
    const missing = row.cells.flatMap(({ outcome }) => outcome.missing ?? []);
    return [row.label, ...ours, ...theirs, [...new Set(missing)].join("; ")];
  });
  const header = [...measures.map(({ name }) => name), ...reported.map(({ name }) => `original ${name}`)];
  return csv(["cell", ...header, "missing"], lines);
}

function meansCsv(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ label, estimates, cells }) =>
    measures.flatMap(({ name, rate }) => {
      const estimate = estimates[rate];
      if (!estimate) return [];
      const { counted, interval } = estimate;
      const figures = [estimate.rate, interval?.lower, interval?.upper, counted?.count, counted?.of];
      return [[label, name, String(estimate.cells), String(cells.length), ...figures.map(figure)]];
    }),
  );
  return csv(["cell", "rate", "measured", "of cells", "mean", "lower", "upper", "count", "of"], lines);
}

function ratesCsv(cells: readonly AssessedCell[]): string {
  const lines = cells.flatMap(({ outcome: { cell }, estimates }) =>
    measures.flatMap(({ name, rate }) => {
      const estimate = estimates[rate];
      if (!estimate) return [];
      const { counted, interval } = estimate;
      const figures = [counted?.count, counted?.of, estimate.rate, interval?.lower, interval?.upper];
      return [[cell.id, cell.label, String(cell.seed ?? ""), name, ...figures.map(figure)]];
    }),
  );
  return csv(["id", "cell", "seed", "rate", "count", "of", "share", "lower", "upper"], lines);
}

const csv = (header: readonly string[], lines: readonly (readonly string[])[]): string =>
  `${[header, ...lines].map(csvLine).join("\n")}\n`;

const figure = (value: number | undefined): string =>
  value === undefined ? "" : String(Number(value.toPrecision(6)));
