import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { attacks } from "../attacks/registry.js";
import type { ArtefactPaths } from "../config/artefact-names.js";
import type { RunConfig } from "../config/run-config.js";
import type { Dataset } from "../datasets/image-set.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { evaluate } from "../training/evaluate.js";
import { createOptimizer } from "../training/optimizer.js";
import { train } from "../training/train.js";
import type { Run } from "./context.js";
import { percent } from "./measure.js";
import { loadModel, modelSettings, newModel, saveModel } from "./model-artefacts.js";

/** How to mend a clean model that does not fit the run. */
export const otherCleanModel = "another --clean_model_path (one that is not there is trained)";

/** The clean model of `--clean_model_path`: attacks are crafted on it, and fine-tuning starts from it. */
export interface CleanBase {
  readonly load: () => Promise<Model>;
  /** SHA-256 of its file. */
  readonly hash: () => Promise<string>;
}

/** Trains and saves the clean model first when it is not there. */
export function cleanBase(
  config: RunConfig,
  paths: ArtefactPaths,
  dataset: Dataset,
  rng: Rng,
  run: Run,
): CleanBase {
  const find = async (): Promise<string> => {
    const found = await resolveCheckpoint(config.cleanModelPath);
    if (found !== undefined) return found;
    await trainCleanBase(config, paths, dataset, rng.fork("clean base model"), run);
    return paths.cleanModelToWrite;
  };
  return {
    load: async () =>
      loadModel(await find(), config, dataset, modelSettings(config, "base_model"), otherCleanModel),
    hash: async () =>
      createHash("sha256")
        .update(await readFile(await find()))
        .digest("hex"),
  };
}

async function trainCleanBase(
  config: RunConfig,
  paths: ArtefactPaths,
  dataset: Dataset,
  rng: Rng,
  { reporter, signal }: Run,
): Promise<void> {
  const model = newModel(config, dataset, rng);
  const optimizer = createOptimizer(config.opt, config.lr);
  const { augmentation } = attacks[config.attack];
  const ids = Int32Array.from(dataset.train.labels.keys());
  const started = performance.now();
  reporter.info(
    `there is no clean model ${config.cleanModelPath}: one is trained now for ${config.epochs} epochs on ${ids.length} images`,
  );
  try {
    const data = { set: dataset.train, ids, normalization: dataset.normalization, augmentation };
    await train(model, data, optimizer, {
      batchSize: config.bs,
      schedule: { optimizer: config.opt, initialRate: config.lr, period: config.epochs },
      endEpoch: config.epochs,
      trainingMode: config.trainingMode,
      rng,
      label: "clean base model",
      reporter,
      signal,
      async afterEpoch(epoch, loss) {
        const accuracy = await evaluate(model, dataset.test, dataset.normalization, signal);
        const left = ((performance.now() - started) / (epoch + 1)) * (config.epochs - epoch - 1);
        const estimate = epoch === 0 ? `; about ${duration(left)} to go` : "";
        reporter.info(
          `clean base model: epoch ${epoch + 1}/${config.epochs}: loss ${loss.toFixed(4)}, ACC ${percent(accuracy)}${estimate}`,
        );
      },
    });
    await saveModel(paths.cleanModelToWrite, model, modelSettings(config, "base_model"), dataset);
    reporter.info(`clean base model: saved ${paths.cleanModelToWrite}`);
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
