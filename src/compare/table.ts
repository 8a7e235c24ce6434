import { percent } from "../format.js";
import type { ComparedDetector, Comparison } from "./compare.js";
import type { Share } from "./outcome.js";
import { detectors } from "./registry.js";

interface Column {
  readonly title: string;
  readonly cell: (one: ComparedDetector) => string;
}

const share = (one: Share | undefined): string => (one === undefined ? "–" : `${one.count}/${one.of}`);
const number = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? "–";

/** Of a comparison whose poisons are known, or not. */
const columnsOf = (hasTruth: boolean): Column[] => [
  {
    title: "detector",
    cell: ({ name }) => `${detectors[name].title}${detectors[name].usesShare ? " *" : ""}`,
  },
  ...(hasTruth
    ? [
        { title: "AUC", cell: ({ truth }: ComparedDetector) => number(truth?.areaUnderRoc, 3) },
        { title: "TPR at 1 % FPR", cell: ({ truth }: ComparedDetector) => share(truth?.truePositivesAt1) },
      ]
    : []),
  { title: "class p", cell: ({ p }) => (p === undefined ? "–" : p.toPrecision(2)) },
  ...(hasTruth
    ? [
        { title: "flagged poisons", cell: ({ truth }: ComparedDetector) => share(truth?.flagged.poisons) },
        { title: "clean", cell: ({ truth }: ComparedDetector) => share(truth?.flagged.clean) },
        { title: "own cut: poisons", cell: ({ truth }: ComparedDetector) => share(truth?.ownCut?.poisons) },
        { title: "clean", cell: ({ truth }: ComparedDetector) => share(truth?.ownCut?.clean) },
      ]
    : [
        { title: "flagged", cell: ({ flagged }: ComparedDetector) => share(flagged) },
        { title: "own cut", cell: ({ ownCut }: ComparedDetector) => share(ownCut) },
      ]),
  { title: "flags shared", cell: ({ agreement }) => number(agreement?.jaccard, 2) },
  { title: "rank correlation", cell: ({ agreement }) => number(agreement?.spearman, 2) },
  { title: "seconds", cell: ({ seconds }) => number(seconds, 1) },
];

/** A comparison as Markdown for people, a line a detector. */
export function comparisonTable({ subject, ours, compared, left }: Comparison): string[] {
  const columns = columnsOf(subject.isPoison !== undefined);
  const rows = [
    columns.map(({ title }) => title),
    ...compared.map((one) => columns.map(({ cell }) => cell(one))),
  ];
  const widths = columns.map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c])).join(" | ")} |`;
  const [header, ...body] = rows.map(line);
  return [
    header,
    `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
    ...body,
    "",
    `"flags shared" (Jaccard) and "rank correlation" (Spearman) are with ${ours}.`,
    ...(compared.some(({ name }) => detectors[name].usesShare)
      ? [`* is told that ${percent(subject.assumedShare)} of all images are poison.`]
      : []),
    ...(subject.note === undefined ? [] : [subject.note]),
    ...left.map(({ name, why }) => `${detectors[name].title}: left out, ${why}.`),
  ];
}
