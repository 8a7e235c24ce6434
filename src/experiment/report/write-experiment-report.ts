import { join } from "node:path";
import { exists } from "../../files/exists.js";
import { sha256OfFile, sha256OfJson } from "../../files/sha256.js";
import { readComparison } from "../../report/read-comparison.js";
import { writeReport } from "../../report/write-report.js";
import { originOf } from "../../workflow/artefact.js";
import type { ArtefactPaths } from "../artefact-names.js";
import type { Experiment } from "../experiment.js";
import { experimentReport } from "./experiment-report.js";
import { readFindings } from "./findings.js";
import { readModelMeasures } from "./measures.js";

/** What other detectors found of the same images. */
export const comparisonFolder = ({ resultsDir }: Pick<ArtefactPaths, "resultsDir">): string =>
  join(resultsDir, "compare");

/** SHA-256 (hex) of what other detectors are held against: the images, and how their suspects scored. */
export const comparedDigest = async ({
  contents,
  paths,
}: Pick<Experiment, "contents" | "paths">): Promise<string> => {
  const scores = (await exists(paths.scoreTable)) ? await sha256OfFile(paths.scoreTable) : null;
  return sha256OfJson([contents.digests, scores]);
};

/** Writes `report.html` from what scoring has left and from `results.csv`; nothing where these settings were not scored. */
export async function writeExperimentReport(experiment: Experiment): Promise<void> {
  const { artefacts, contents, paths, run } = experiment;
  const findings = await readFindings(paths.findings, await originOf(artefacts.excluded, contents));
  if (findings === undefined) return;
  const measured = await readModelMeasures(experiment);
  const comparison = await readComparison(comparisonFolder(paths), await comparedDigest(experiment));
  const report = await experimentReport(experiment, findings, measured, comparison, new Date());
  await writeReport(report, paths.report);
  run.reporter.info(`report: ${paths.report.page}`);
}
