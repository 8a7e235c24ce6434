import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Engine } from "../engine/engine.js";
import { messageOf } from "../errors.js";
import { whileLocked } from "../files/lock.js";
import { formatDuration } from "../format.js";
import type { Run } from "../run.js";
import { type RunRecord, startRunRecord } from "../store/run-record.js";
import { type ArtefactPaths, artefactPaths } from "./artefact-names.js";
import { checkBeforeRun } from "./checks.js";
import { flagRecord } from "./comparison.js";
import type { Experiment, Stage } from "./experiment.js";
import { reportedStages } from "./foreign-outputs.js";
import { type Part, prepareExperiment } from "./prepare.js";
import { writeExperimentReport } from "./report/write-experiment-report.js";
import { appendResult, writeConfig } from "./results.js";
import type { RunConfig } from "./run-config.js";
import type { StageName } from "./stage-names.js";
import { requestedStages } from "./stage-table.js";
import { batchLevel } from "./stages/batch-level.js";
import { sampleLevel } from "./stages/sample-level.js";
import { scoreSamples } from "./stages/score-samples.js";
import { cleanTraining, poisonedTraining, retrain, retrainControl } from "./stages/training.js";
import { summaryTable } from "./summary.js";

const stages: Record<StageName, Stage> = {
  clean_training: cleanTraining,
  poisoned_training: poisonedTraining,
  batch_level: batchLevel,
  sample_level: sampleLevel,
  score_samples: scoreSamples,
  retrain,
  retrain_control: retrainControl,
};

/**
 * Runs the requested stages. Every finished stage appends a row to `results.csv`; a later failure takes nothing back.
 * @throws UserError, RunError, or the reason of `run.signal` when it aborts
 */
export async function runStages(config: RunConfig, engine: Engine, run: Run): Promise<void> {
  const paths = artefactPaths(config);
  await checkBeforeRun(config);
  await whileLocked(join(paths.resultsDir, "run"), () => runLocked(config, paths, engine, run));
}

/** Runs the stages, and leaves a record of how it went however it ends. */
async function runLocked(config: RunConfig, paths: ArtefactPaths, engine: Engine, run: Run): Promise<void> {
  const { reporter, signal } = run;
  const runId = randomUUID();
  const flags = JSON.parse(JSON.stringify(flagRecord(config)));
  const record = await startRunRecord(paths.resultsDir, {
    runId,
    flags,
    seed: config.globalSeed,
    engine: engine.description,
    engineVersion: engine.libraryVersion,
  });
  // What a run has made counts for more than its record.
  const end = (exit: Parameters<RunRecord["end"]>[0]) =>
    record
      .end(exit)
      .catch((error: unknown) => reporter.warn(`run.json cannot be written: ${messageOf(error)}`));
  reporter.detail(record.description);
  const part: Part = (name, work) => {
    reporter.section(name);
    return record.time(name, work);
  };
  try {
    const experiment = await prepareExperiment(config, engine, run, part);
    await runEach(experiment, part, { runId, config: await writeConfig(paths.resultsDir, flags) });
  } catch (error) {
    await end(signal.aborted ? "interrupted" : `failed: ${messageOf(error)}`);
    throw error;
  }
  await end("finished");
  reporter.detail(record.costs());
}

async function runEach(
  experiment: Experiment,
  part: Part,
  common: { readonly runId: string; readonly config: string },
): Promise<void> {
  const { config, paths, run } = experiment;
  const { reporter } = run;
  const rows = [];
  for (const { name: stage } of requestedStages(config)) {
    const started = performance.now();
    const row = { ...(await part(stage, () => stages[stage](experiment))), ...common, stage };
    const { movedAside } = await appendResult(paths.resultsDir, row);
    if (movedAside) reporter.warn(`results.csv had other columns; it was moved to ${movedAside}`);
    reporter.info(`${stage}: done in ${formatDuration((performance.now() - started) / 1000)}`);
    rows.push(row);
    if (reportedStages.includes(stage)) await writeExperimentReport(experiment);
  }
  for (const line of summaryTable(rows)) reporter.result(line);
  reporter.result(`results: ${paths.resultsCsv}`);
}
