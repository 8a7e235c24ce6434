import { sha256OfJson } from "../../files/sha256.js";
import type { ClassFinding, RecordTable, Report } from "../../report/model.js";
import type { Comparison } from "../../report/read-comparison.js";
import { programVersion } from "../../version.js";
import { isEvidence } from "../calibrated-verdict.js";
import { configForComparison } from "../comparison.js";
import type { Experiment } from "../experiment.js";
import { judge } from "../judge.js";
import { referenceGroups, suspectGroups } from "./cards.js";
import { figuresOf } from "./figures.js";
import type { Findings } from "./findings.js";
import { detectionTable, type ModelMeasures, modelTable } from "./measures.js";
import { verdictText } from "./verdict-text.js";

/** What of an experiment a report shows. */
type Reported = Pick<
  Experiment,
  "artefacts" | "config" | "contents" | "dataset" | "engine" | "paths" | "subject" | "truth"
>;

/** What an experiment's report shows. */
export async function experimentReport(
  experiment: Reported,
  findings: Findings,
  measured: ModelMeasures,
  comparison: Comparison | undefined,
  made: Date,
): Promise<Report> {
  const { config, contents, dataset, truth } = experiment;
  const chosen = judge(findings, truth).find(({ threshold }) => threshold.name === findings.chosen);
  if (!chosen) throw new Error(`No threshold ${findings.chosen}.`);
  const cut = chosen.threshold.value;
  const { calibrated } = findings;
  return {
    kind: "experiment",
    subject: `${config.attack} on ${config.dataset}, ${config.model}`,
    made: made.toISOString(),
    key: sha256OfJson([experiment.artefacts.excluded.settings, contents.digests]).slice(0, 16),
    verdict: verdictText(experiment, findings, chosen, measured),
    measures: [detectionTable(experiment, findings), ...modelTable(measured)],
    classes: calibrated
      ? [classOf(dataset.classNames[config.targetClass], findings, calibrated, comparison)]
      : [],
    suspects: await suspectGroups(experiment, findings, cut, comparison),
    reference: await referenceGroups(experiment, findings),
    pairs: [],
    figures: figuresOf(findings, truth, calibrated !== undefined && isEvidence(calibrated)),
    agreement: comparison?.agreement,
    sources: [],
    records: recordsOf(experiment),
  };
}

/** The class as a scan would judge it. */
const classOf = (
  name: string,
  { scores }: Findings,
  calibrated: NonNullable<Findings["calibrated"]>,
  comparison: Comparison | undefined,
): ClassFinding => ({
  name,
  suspects: scores.sampleIds.length,
  trusted: scores.cleanIds.length,
  p: calibrated.p,
  adjustedP: calibrated.p,
  isEvidence: isEvidence(calibrated),
  notCleanAtLeast: calibrated.atLeast,
  flagged: calibrated.flagged.reduce((sum, mark) => sum + mark, 0),
  wouldNotice: calibrated.wouldNotice,
  ...(comparison && { agreeing: comparison.flaggingIn(name) }),
});

/** But for flags that decide nothing: the same experiment has the same report. */
const recordsOf = ({ config, contents, engine, paths }: Reported): RecordTable[] => [
  {
    title: "Settings",
    rows: Object.entries(configForComparison(config, "retrained_model")).flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [{ name: `--${name}`, value: typeof value === "object" ? JSON.stringify(value) : String(value) }],
    ),
  },
  {
    title: "Origin",
    rows: [
      { name: "poisonspot", value: programVersion },
      { name: "Node.js", value: process.version },
      { name: "engine", value: engine },
      { name: "scores of all suspects", value: paths.scoreTable },
      ...Object.entries(contents.digests).map(([name, value]) => ({ name: `${name}, SHA-256`, value })),
    ],
  },
];
