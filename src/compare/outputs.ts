import { join } from "node:path";
import { type JsonValue, writeFileAtomic, writeJsonAtomic } from "../files/atomic-file.js";
import { areaIntervalsFigure, type DrawnArea } from "../plots/area-intervals.js";
import { renderFigure } from "../plots/render.js";
import type { Share } from "../statistics/share.js";
import { csvLine, plainText } from "../store/csv.js";
import { programVersion } from "../version.js";
import type { Calibration } from "./calibrate.js";
import type { ComparedDetector, Comparison } from "./compare.js";
import { detectors } from "./registry.js";
import { comparisonTable, titleOf } from "./table.js";

const schemaVersion = 1;

/**
 * Writes `compare.json`, `compare.csv` (a line a detector), `scores.csv` (a line a suspect), `compare.md`, and where the truth is known
 * the figure `auc`.
 */
export async function writeComparison(
  folder: string,
  comparison: Comparison,
  calibration: Calibration,
): Promise<void> {
  const at = (name: string) => join(folder, name);
  await writeFileAtomic(at("compare.md"), `${comparisonTable(comparison).join("\n")}\n`);
  await writeFileAtomic(at("compare.csv"), summaryCsv(comparison));
  await writeFileAtomic(at("scores.csv"), scoresCsv(comparison));
  const areas = drawnAreas(comparison);
  if (areas.length > 0)
    await renderFigure(
      areaIntervalsFigure("What detectors make of the same network", figureNotes, areas),
      at("auc"),
    );
  await writeJsonAtomic(at("compare.json"), summaryJson(comparison, calibration));
}

const figureNotes = ["With 95 % intervals (Newcombe); dashed: no better than chance"];

const drawnAreas = ({ compared }: Comparison): DrawnArea[] =>
  compared.flatMap(({ name, truth }) =>
    truth?.areaUnderRoc === undefined || truth.areaInterval === undefined
      ? []
      : [{ name: titleOf(name), area: truth.areaUnderRoc, ...truth.areaInterval }],
  );

const counts = (one: Share | undefined): [string, string] =>
  one === undefined ? ["", ""] : [`${one.count}`, `${one.of}`];

function summaryCsv({ compared }: Comparison): string {
  const header = [
    ...["detector", "finding", "p", "auc", "tp_at_1_fpr", "poisons"],
    ...["flagged_poisons", "flagged_clean", "clean", "flagged", "suspects"],
    ...["own_cut_poisons", "own_cut_clean", "own_cut", "jaccard", "spearman", "seconds"],
    ...["auc_lower", "auc_upper"],
  ];
  const cell = (value: number | undefined): string => (value === undefined ? "" : String(value));
  const lines = compared.map(({ name, truth, ...one }) => {
    const [truePositives, poisons] = counts(truth?.truePositivesAt1);
    const [flaggedClean, clean] = counts(truth?.flagged.clean);
    const [flagged, suspects] = counts(one.flagged);
    return csvLine([
      ...[name, one.finding, cell(one.p), cell(truth?.areaUnderRoc), truePositives, poisons],
      ...[counts(truth?.flagged.poisons)[0], flaggedClean, clean, flagged, suspects],
      ...[counts(truth?.ownCut?.poisons)[0], counts(truth?.ownCut?.clean)[0], counts(one.ownCut)[0]],
      ...[cell(one.agreement?.jaccard), cell(one.agreement?.spearman), one.seconds.toFixed(2)],
      ...[cell(truth?.areaInterval?.lower), cell(truth?.areaInterval?.upper)],
    ]);
  });
  return [csvLine(header), ...lines, ""].join("\n");
}

function scoresCsv({ subject, compared }: Comparison): string {
  const { isPoison, nameOf } = subject;
  const header = [
    ...["image", "class", ...(isPoison ? ["poison"] : [])],
    ...compared.flatMap(({ name }) => [name, `${name}_flagged`, `${name}_own_cut`]),
  ];
  const mark = (isSo: boolean | undefined): string => (isSo === undefined ? "" : isSo ? "1" : "0");
  const lines = (compared[0]?.images ?? []).map(({ one, member }, i) =>
    csvLine([
      ...[plainText(nameOf(one, member)), plainText(one.name)],
      ...(isPoison ? [mark(isPoison(one, member))] : []),
      ...compared.flatMap(({ images }) => [
        images[i].score.toPrecision(6),
        mark(images[i].isFlagged),
        mark(images[i].isCut),
      ]),
    ]),
  );
  return [csvLine(header), ...lines, ""].join("\n");
}

function summaryJson({ subject, ours, compared, left }: Comparison, calibration: Calibration): JsonValue {
  const lineOf = ({ images: _, ...one }: ComparedDetector) => ({
    title: detectors[one.name].title,
    about: detectors[one.name].about,
    assumesShare: detectors[one.name].usesShare === true,
    ...one,
  });
  const json = {
    schemaVersion,
    version: programVersion,
    of: subject.kind,
    subject: subject.reported,
    settings: calibration,
    assumedShare: subject.assumedShare,
    comparedWith: ours,
    classes: subject.classes.map(({ name, suspects, trusted }) => ({
      name,
      suspects: suspects.length,
      trusted: trusted.length,
    })),
    detectors: compared.map(lineOf),
    leftOut: left,
    note: subject.note ?? null,
  };
  return JSON.parse(JSON.stringify(json));
}
