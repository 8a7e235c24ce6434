import { shareOfRate } from "../../src/experiment/results.js";
import { meanInterval } from "../../src/statistics/mean-interval.js";
import { type Share, shareText } from "../../src/statistics/share.js";
import type { CellRecord, DetectorRecord } from "./compare-cells.js";
import { type Kind, kinds } from "./compare-settings.js";
import { markdownTable } from "./markdown-table.js";

/** A record of each seed. */
type OfSeeds = readonly DetectorRecord[];

/** Tables in Markdown over all cells: a column a kind, a row a detector. */
export function compareTables(cells: readonly CellRecord[]): string {
  const present = kinds.filter((kind) => cells.some((cell) => cell.kind === kind));
  const names = [
    ...new Map(cells.flatMap(({ detectors }) => detectors.map((one) => [one.name, one] as const))).values(),
  ];
  /** A detector of which there is nothing to say has no line. */
  const table = (cell: (found: OfSeeds) => string | undefined) =>
    markdownTable([
      ["detector", ...present],
      ...names.flatMap(({ name, title, assumesShare }) => {
        const texts = present.map((kind) => cell(recordsOf(cells, kind, name)));
        if (texts.every((text) => text === undefined)) return [];
        return [[`${title}${assumesShare ? " *" : ""}`, ...texts.map((text) => text ?? "–")]];
      }),
    ]);
  return [
    "What was trained, all seeds together:",
    "",
    trainedTable(cells, present),
    "",
    "AUC, mean over the seeds [95 % interval, Student]:",
    "",
    table((found) => meanText(found.flatMap(({ truth }) => truth.areaUnderRoc ?? []))),
    "",
    "AUC of the forest on increments less that of the same forest on activations, seed by seed:",
    "",
    differenceTable(cells, present),
    "",
    "Poisons flagged, all seeds together [exact 95 % interval in percent]:",
    "",
    table((found) => shareText(sumOf(found.map(({ truth }) => truth.flagged.poisons)))),
    "",
    "Clean suspects flagged:",
    "",
    table((found) => shareText(sumOf(found.map(({ truth }) => truth.flagged.clean)))),
    "",
    "Seeds in which the class shows evidence (p at most 0.05):",
    "",
    table((found) =>
      found.length === 0 ? undefined : `${found.filter(({ p = 1 }) => p <= 0.05).length}/${found.length}`,
    ),
    "",
    "Poisons / clean suspects flagged by the detector's own cut:",
    "",
    table((found) => {
      const cuts = found.flatMap(({ truth }) => truth.ownCut ?? []);
      return cuts.length === 0
        ? undefined
        : `${shareText(sumOf(cuts.map((cut) => cut.poisons)))} / ${shareText(sumOf(cuts.map((cut) => cut.clean)))}`;
    }),
    "",
    "Seconds, mean over all cells:",
    "",
    markdownTable([
      ["detector", "seconds"],
      ...names.map(({ name, title }) => {
        const seconds = cells.flatMap(({ detectors }) =>
          detectors.filter((one) => one.name === name).map((one) => one.seconds),
        );
        return [title, (seconds.reduce((sum, value) => sum + value, 0) / seconds.length).toFixed(1)];
      }),
    ]),
    "",
  ].join("\n");
}

function trainedTable(cells: readonly CellRecord[], present: readonly Kind[]): string {
  const rate = (kind: Kind, name: "poisonedTrainingAccuracy" | "poisonedTrainingAsr") =>
    shareText(
      sumOf(
        cells.filter((cell) => cell.kind === kind).flatMap(({ results }) => shareOfRate(results, name) ?? []),
      ),
    );
  return markdownTable([
    ["", ...present],
    ["seeds", ...present.map((kind) => `${cells.filter((cell) => cell.kind === kind).length}`)],
    ["ACC", ...present.map((kind) => rate(kind, "poisonedTrainingAccuracy"))],
    ["ASR", ...present.map((kind) => rate(kind, "poisonedTrainingAsr"))],
  ]);
}

/** What increments are worth to a forest, of the same network and seed. */
function differenceTable(cells: readonly CellRecord[], present: readonly Kind[]): string {
  const areaOf = ({ detectors }: CellRecord, name: string) =>
    detectors.find((one) => one.name === name)?.truth.areaUnderRoc;
  const differences = (of: readonly CellRecord[], other: string): number[] =>
    of.flatMap((cell) => {
      const [ours, theirs] = [areaOf(cell, "increments"), areaOf(cell, other)];
      return ours === undefined || theirs === undefined ? [] : [ours - theirs];
    });
  const ofKind = (kind: Kind) => cells.filter((cell) => cell.kind === kind);
  return markdownTable([
    ["less", ...present],
    ...[
      ["penultimate", "penultimate activations"],
      ["stages", "all stages"],
    ].map(([name, title]) => [
      title,
      ...present.map((kind) => differenceText(differences(ofKind(kind), name))),
    ]),
  ]);
}

/** "+0.02 [-0.01, +0.05]" */
function differenceText(values: readonly number[]): string {
  const found = meanInterval(values);
  if (found === undefined) return "–";
  const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(2)}`;
  const bounds = values.length > 1 ? ` [${signed(found.lower)}, ${signed(found.upper)}]` : "";
  return `${signed(found.mean)}${bounds}`;
}

const recordsOf = (cells: readonly CellRecord[], kind: Kind, name: string): OfSeeds =>
  cells
    .filter((cell) => cell.kind === kind)
    .flatMap(({ detectors }) => detectors.filter((one) => one.name === name));

const sumOf = (shares: readonly Share[]): Share => ({
  count: shares.reduce((sum, { count }) => sum + count, 0),
  of: shares.reduce((sum, { of }) => sum + of, 0),
});

/** "0.97 [0.93, 1.00]"; of one seed without an interval. */
function meanText(areas: readonly number[]): string | undefined {
  const found = meanInterval(areas);
  if (found === undefined) return undefined;
  const { mean, lower, upper } = found;
  const bounds =
    areas.length > 1 ? ` [${Math.max(0, lower).toFixed(2)}, ${Math.min(1, upper).toFixed(2)}]` : "";
  return `${mean.toFixed(2)}${bounds}`;
}
