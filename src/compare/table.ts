import { percent } from "../format.js";
import type { Interval } from "../statistics/clopper-pearson.js";
import { shareText } from "../statistics/share.js";
import type { ComparedDetector, Comparison } from "./compare.js";
import { detectors } from "./registry.js";

interface Column {
  readonly title: string;
  readonly cell: (one: ComparedDetector) => string;
}

const number = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? "–";

const detector: Column = { title: "detector", cell: ({ name }) => titleOf(name) };
const p: Column = { title: "class p", cell: ({ p: value }) => value?.toPrecision(2) ?? "–" };
const seconds: Column = { title: "seconds", cell: (one) => number(one.seconds, 1) };
const agreement: readonly Column[] = [
  { title: "Jaccard", cell: (one) => number(one.agreement?.jaccard, 2) },
  { title: "Spearman", cell: (one) => number(one.agreement?.spearman, 2) },
];

/** Tables of which each fits a screen. */
const withTruth: readonly (readonly Column[])[] = [
  [
    { title: "AUC [95 %]", cell: ({ truth }) => areaText(truth?.areaUnderRoc, truth?.areaInterval) },
    { title: "TPR at 1 % FPR", cell: ({ truth }) => shareText(truth?.truePositivesAt1) },
    p,
    seconds,
  ],
  [
    { title: "flagged poisons", cell: ({ truth }) => shareText(truth?.flagged.poisons) },
    { title: "flagged clean", cell: ({ truth }) => shareText(truth?.flagged.clean) },
    ...agreement,
  ],
  [
    { title: "own cut: poisons", cell: ({ truth }) => shareText(truth?.ownCut?.poisons) },
    { title: "own cut: clean", cell: ({ truth }) => shareText(truth?.ownCut?.clean) },
  ],
];
const withoutTruth: readonly (readonly Column[])[] = [
  [p, { title: "flagged", cell: ({ flagged }) => shareText(flagged) }, ...agreement, seconds],
  [{ title: "own cut", cell: ({ ownCut }) => shareText(ownCut) }],
];

/** A comparison as Markdown for people: tables with a line a detector. */
export function comparisonTable({ subject, ours, compared, left }: Comparison): string[] {
  const tables = subject.isPoison === undefined ? withoutTruth : withTruth;
  return [
    ...tables.flatMap((columns) => [...markdown([detector, ...columns], compared), ""]),
    "In brackets: 95 % intervals, of counts Clopper and Pearson's in percent, of AUC Newcombe's.",
    `Jaccard (flags shared) and Spearman (rank correlation) are with ${ours}.`,
    ...(compared.some(({ name }) => detectors[name].usesShare)
      ? [`* is told that ${percent(subject.assumedShare)} of all images are poison.`]
      : []),
    ...(subject.note === undefined ? [] : [subject.note]),
    ...left.map(({ name, why }) => `${detectors[name].title}: left out, ${why}.`),
  ];
}

/** Marked where it is told how much poison there is. */
export const titleOf = (name: ComparedDetector["name"]): string =>
  `${detectors[name].title}${detectors[name].usesShare ? " *" : ""}`;

const areaText = (area: number | undefined, interval: Interval | undefined): string =>
  area === undefined || interval === undefined
    ? "–"
    : `${area.toFixed(3)} [${interval.lower.toFixed(2)}, ${interval.upper.toFixed(2)}]`;

function markdown(columns: readonly Column[], compared: readonly ComparedDetector[]): string[] {
  const rows = [
    columns.map(({ title }) => title),
    ...compared.map((one) => columns.map(({ cell }) => cell(one))),
  ];
  const widths = columns.map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c])).join(" | ")} |`;
  const [header, ...body] = rows.map(line);
  return [header, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body];
}
