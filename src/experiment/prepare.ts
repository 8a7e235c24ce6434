import { join } from "node:path";
import type { PoisonedData } from "../attacks/attack.js";
import { preparationFor } from "../attacks/preparation.js";
import { attacks } from "../attacks/registry.js";
import type { Dataset } from "../datasets/image-set.js";
import { loadDataset } from "../datasets/load-dataset.js";
import type { Engine } from "../engine/engine.js";
import { checkImageSize } from "../models/create-model.js";
import { createRng, type Rng } from "../random/rng.js";
import type { Run } from "../run.js";
import { artefactPaths } from "./artefact-names.js";
import { artefactsOf } from "./artefacts.js";
import { planCapture } from "./capture-plan.js";
import { type CleanBase, cleanBase } from "./clean-base.js";
import type { Experiment } from "./experiment.js";
import { newModel } from "./new-model.js";
import { poisonDigests, poisonedSubject, truthOf } from "./poisoned-subject.js";
import type { RunConfig } from "./run-config.js";

/** A part of the run: its lines are about it, its time is counted. */
export type Part = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Loads the dataset and plants the poisons. */
export async function prepareExperiment(
  config: RunConfig,
  engine: Engine,
  run: Run,
  part: Part,
): Promise<Experiment> {
  const { reporter, signal } = run;
  const rng = createRng(config.globalSeed);
  const { datasetDir, limitPerClass, onBadImage, globalSeed: seed } = config;
  const loaded = await part("dataset", () =>
    loadDataset(config.dataset, { datasetDir, limitPerClass, onBadImage, seed, reporter, signal }),
  );
  const { height, width, channels } = loaded.train.pixels;
  checkImageSize(config.model, [height, width, channels], config.sampleLevel && config.trainingMode);
  const { normalization, augmentation } = preparationFor(attacks[config.attack], loaded);
  const dataset = { ...loaded, normalization };
  reporter.info(
    `dataset: ${dataset.name}, ${dataset.train.labels.length} training and ${dataset.test.labels.length} test images`,
  );
  const base = cleanBase({ config, dataset, augmentation, rng, run });
  const poisoned = await part("attack", () => plantPoisons(config, dataset, base, rng, run));
  const truth = truthOf(poisoned);
  reporter.info(
    `attack: ${config.attack}, ${truth.allPoisonIds.length} poisons in class ${config.targetClass} (${dataset.classNames[config.targetClass]})`,
  );
  const via = await base.usedDigest();
  return {
    config,
    paths: artefactPaths(config),
    artefacts: artefactsOf(config),
    run,
    engine: engine.description,
    rng,
    dataset,
    subject: poisonedSubject(dataset, poisoned, augmentation),
    truth,
    cleanBase: base,
    contents: { digests: { dataset: dataset.fingerprint, ...poisonDigests(poisoned, truth), ...via }, via },
    trained: new Set(),
  };
}

const plantPoisons = (
  config: RunConfig,
  dataset: Dataset,
  base: CleanBase,
  rng: Rng,
  { reporter, signal }: Run,
): Promise<PoisonedData> =>
  attacks[config.attack].poison({
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
      const input = { config, dataset, poisonIds, rng };
      if (config.batchLevel) planCapture(input, "batch level");
      if (config.sampleLevel) planCapture(input, "sample level");
    },
    craftsNothing: config.getResult,
    datasetDir: config.datasetDir,
    onBadImage: config.onBadImage,
    cacheDir: join(config.datasetDir, "poisons"),
    checkpointSeconds: config.checkpointSeconds,
    reporter,
    signal,
  });
