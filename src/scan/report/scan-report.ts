import type { Activations } from "../../capture/activations.js";
import { sha256OfJson } from "../../files/sha256.js";
import type { ClassFinding, RecordTable, Report } from "../../report/model.js";
import { programVersion } from "../../version.js";
import type { ScanOptions } from "../options.js";
import type { ScanData } from "../scan-data.js";
import type { JudgedClass, Verdict } from "../verdict.js";
import { referenceGroups, suspectGroups } from "./cards.js";
import { figuresOf } from "./figures.js";
import { verdictText } from "./verdict-text.js";

/** Classes whose scores are drawn. */
const mostFigures = 8;

/** What a scan's report shows. @param activations of all images, in the order of the data's rows */
export async function scanReport(
  options: ScanOptions,
  data: ScanData,
  verdict: Verdict,
  activations: Pick<Activations, "cols" | "data">,
  made: Date,
): Promise<Report> {
  const { classes } = verdict;
  // Without evidence there is nothing to flag, and still something to look at.
  const odd = classes.filter((one) => one.isEvidence);
  const shown = odd.length > 0 ? odd : classes.filter(({ p }) => p !== undefined);
  return {
    kind: "scan",
    subject: options.data,
    made: made.toISOString(),
    key: sha256OfJson([data.images, options.data]).slice(0, 16),
    verdict: verdictText(verdict, options),
    measures: [],
    classes: classes.map(findingOf),
    suspects: await suspectGroups(data, activations, shown),
    reference: await referenceGroups(data, classes),
    figures: shown.slice(0, mostFigures).flatMap(figuresOf),
    records: recordsOf(options, data),
  };
}

const findingOf = (one: JudgedClass): ClassFinding => ({
  name: one.name,
  suspects: one.suspects,
  trusted: one.trusted,
  p: one.p,
  adjustedP: one.adjustedP,
  isEvidence: one.isEvidence,
  notCleanAtLeast: one.atLeast,
  flagged: one.numFlagged,
  wouldNotice: one.wouldNotice,
});

const recordsOf = (options: ScanOptions, { images, alsoTrusted }: ScanData): RecordTable[] => [
  {
    title: "Settings",
    rows: Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name: name === "data" ? name : `--${name}`, value: String(value) }],
    ),
  },
  {
    title: "Origin",
    rows: [
      { name: "poisonspot", value: programVersion },
      { name: "Node.js", value: process.version },
      { name: "images, SHA-256", value: images },
      { name: "images that are trusted as well, not looked at", value: String(alsoTrusted.length) },
    ],
  },
];
