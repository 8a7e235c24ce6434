import { writeReport } from "../../report/write-report.js";
import { originOf } from "../../workflow/artefact.js";
import type { Experiment } from "../experiment.js";
import { experimentReport } from "./experiment-report.js";
import { readFindings } from "./findings.js";
import { readModelMeasures } from "./measures.js";

/** Writes `report.html` from what scoring has left and from `results.csv`; nothing where these settings were not scored. */
export async function writeExperimentReport(experiment: Experiment): Promise<void> {
  const { artefacts, contents, paths, run } = experiment;
  const findings = await readFindings(paths.findings, await originOf(artefacts.excluded, contents));
  if (findings === undefined) return;
  const measured = await readModelMeasures(experiment);
  await writeReport(await experimentReport(experiment, findings, measured, new Date()), paths.report);
  run.reporter.info(`report: ${paths.report}`);
}
