import { sha256OfJson } from "../../files/sha256.js";
import type { ClassFinding, RecordTable, Report } from "../../report/model.js";
import type { Comparison } from "../../report/read-comparison.js";
import { programVersion } from "../../version.js";
import type { Examined } from "../examine.js";
import type { ScanOptions } from "../options.js";
import type { ScanData } from "../scan-data.js";
import type { JudgedClass } from "../verdict.js";
import { referenceGroups, suspectGroups } from "./cards.js";
import { figuresOf } from "./figures.js";
import { pairGroups } from "./pairs.js";
import { suppositionOf } from "./supposition.js";
import { verdictText } from "./verdict-text.js";

/** Classes whose scores are drawn. */
const mostFigures = 8;

interface Reported extends Pick<Examined, "data" | "verdict" | "sources" | "activations"> {
  readonly options: ScanOptions;
  /** What other detectors found of the same images, where they have looked. */
  readonly comparison: Comparison | undefined;
}

/** What a scan's report shows. */
export async function scanReport(
  { options, data, verdict, sources, activations, comparison }: Reported,
  made: Date,
): Promise<Report> {
  const { classes } = verdict;
  // Without evidence there is nothing to flag, and still something to look at.
  const odd = classes.filter((one) => one.isEvidence);
  const shown =
    odd.length > 0 ? odd : classes.filter(({ p, rankings }) => p !== undefined || rankings?.length);
  return {
    kind: "scan",
    subject: options.data,
    made: made.toISOString(),
    key: sha256OfJson([data.images, options.data]).slice(0, 16),
    verdict: verdictText(verdict, options),
    measures: [],
    classes: classes.map((one) => findingOf(one, comparison)),
    ...suppositionOf(classes, options.reference_poison),
    suspects: await suspectGroups(data, activations, shown, comparison),
    reference: await referenceGroups(data, classes),
    pairs: await pairGroups(data, verdict),
    figures: shown.slice(0, mostFigures).flatMap(figuresOf),
    agreement: comparison?.agreement,
    sources,
    records: recordsOf(options, data),
  };
}

const findingOf = (one: JudgedClass, comparison: Comparison | undefined): ClassFinding => ({
  name: one.name,
  suspects: one.suspects,
  trusted: one.trusted,
  p: one.p,
  adjustedP: one.adjustedP,
  isEvidence: one.isEvidence,
  notCleanAtLeast: one.atLeast,
  flagged: one.numFlagged,
  wouldNotice: one.wouldNotice,
  ...(comparison && { agreeing: comparison.flaggingIn(one.name) }),
  ...(one.rankings && { rankings: one.rankings }),
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
