import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { preparationFor } from "../attacks/preparation.js";
import { attacks } from "../attacks/registry.js";
import { type StageName, stageNames } from "../config/names.js";
import { loadDataset } from "../datasets/load-dataset.js";
import { messageOf } from "../errors.js";
import { whileLocked } from "../files/lock.js";
import { formatDuration } from "../format.js";
import { checkImageSize } from "../models/create-model.js";
import { createRng } from "../random/rng.js";
import { appendResult, writeConfig } from "../store/results.js";
import { type RunRecord, startRunRecord } from "../store/run-record.js";
import { type ArtefactPaths, artefactPaths } from "./artefact-names.js";
import { batchLevel } from "./batch-level.js";
import { planCapture } from "./capture-plan.js";
import { cleanBase } from "./clean-base.js";
import { flagRecord } from "./comparison.js";
import type { Run, Stage, StageContext } from "./context.js";
import { newModel } from "./model-artefacts.js";
import { checkPrerequisites } from "./prerequisites.js";
import type { RunConfig } from "./run-config.js";
import { sampleLevel } from "./sample-level.js";
import { scoreSamples } from "./score-samples.js";
import { summaryTable } from "./summary.js";
import { cleanTraining, poisonedTraining, retrain } from "./training-stages.js";

const stages: Record<StageName, Stage> = {
  clean_training: cleanTraining,
  poisoned_training: poisonedTraining,
  batch_level: batchLevel,
  sample_level: sampleLevel,
  score_samples: scoreSamples,
  retrain,
};

/** The stages a configuration asks for, in the order in which they run. */
function requested(config: RunConfig): StageName[] {
  const flags = flagRecord(config);
  return stageNames.filter((name) => flags[name] === true);
}

/**
 * Runs the requested stages. Every finished stage appends a row to `results.csv`; a later failure takes nothing back.
 * @throws UserError, RunError, or the reason of `run.signal` when it aborts
 */
export async function runStages(config: RunConfig, run: Run): Promise<void> {
  const paths = artefactPaths(config);
  await checkPrerequisites(config, paths);
  await whileLocked(join(paths.resultsDir, "run"), () => runLocked(config, paths, run));
}

/** Runs the stages, and leaves a record of how it went however it ends. */
async function runLocked(config: RunConfig, paths: ArtefactPaths, run: Run): Promise<void> {
  const { reporter, signal, engine } = run;
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
    const context = await prepare(config, paths, run, part);
    await runEach(context, part, { runId, config: await writeConfig(paths.resultsDir, flags) });
  } catch (error) {
    await end(signal.aborted ? "interrupted" : `failed: ${messageOf(error)}`);
    throw error;
  }
  await end("finished");
  reporter.detail(record.costs());
}

/** A part of the run: its lines are about it, its time is counted. */
type Part = <T>(name: string, work: () => Promise<T>) => Promise<T>;

async function runEach(
  context: StageContext,
  part: Part,
  common: { readonly runId: string; readonly config: string },
): Promise<void> {
  const { config, paths, reporter } = context;
  const rows = [];
  for (const stage of requested(config)) {
    const started = performance.now();
    const row = { ...(await part(stage, () => stages[stage](context))), ...common, stage };
    const { movedAside } = await appendResult(paths.resultsDir, row);
    if (movedAside) reporter.warn(`results.csv had other columns; it was moved to ${movedAside}`);
    reporter.info(`${stage}: done in ${formatDuration((performance.now() - started) / 1000)}`);
    rows.push(row);
  }
  for (const line of summaryTable(rows)) reporter.result(line);
  reporter.result(`results: ${paths.resultsCsv}`);
}

async function prepare(config: RunConfig, paths: ArtefactPaths, run: Run, part: Part): Promise<StageContext> {
  const { reporter, signal } = run;
  const rng = createRng(config.globalSeed);
  const loaded = await part("dataset", () =>
    loadDataset(config.dataset, {
      datasetDir: config.datasetDir,
      limitPerClass: config.limitPerClass,
      seed: config.globalSeed,
      reporter,
      signal,
    }),
  );
  const { height, width, channels } = loaded.train.pixels;
  checkImageSize(config.model, [height, width, channels], config.sampleLevel && config.trainingMode);
  const attack = attacks[config.attack];
  const { normalization, augmentation } = preparationFor(attack, loaded);
  const dataset = { ...loaded, normalization };
  reporter.info(
    `dataset: ${dataset.name}, ${dataset.train.labels.length} training and ${dataset.test.labels.length} test images`,
  );
  const base = cleanBase(config, paths, { dataset, augmentation }, rng, run);
  const poisoned = await part("attack", () =>
    attack.poison({
      dataset,
      targetClass: config.targetClass,
      sourceClass: config.sourceClass,
      poisonShareOfTargetClass: config.prTgt,
      eps255: config.eps,
      vis: config.vis,
      randomPlacement: config.random,
      options: config.attackOpts,
      cleanModel: base.load,
      cleanModelHash: base.hash,
      newModel: (stream) => newModel(config, dataset, stream),
      rng: rng.fork(`attack/${config.attack}`),
      onPoisonsChosen(poisonIds) {
        // A class too small for the capture is found out before hours of training.
        if (config.batchLevel) planCapture({ config, dataset, poisonIds, rng }, "batch level");
        if (config.sampleLevel) planCapture({ config, dataset, poisonIds, rng }, "sample level");
      },
      datasetDir: config.datasetDir,
      cacheDir: join(config.datasetDir, "poisons"),
      checkpointSeconds: config.checkpointSeconds,
      reporter,
      signal,
    }),
  );
  const poisonIds = Int32Array.from(Object.values(poisoned.poisonIds).flatMap((ids) => [...ids])).sort();
  reporter.info(
    `attack: ${config.attack}, ${poisonIds.length} poisons in class ${config.targetClass} (${dataset.classNames[config.targetClass]})`,
  );
  return {
    ...run,
    config,
    paths,
    rng,
    dataset,
    augmentation,
    cleanBase: base,
    poisoned,
    poisonIds,
    trained: new Set(),
  };
}
