import type { ArtefactKind } from "../config/comparison.js";
import { UserError } from "../errors.js";
import type { Model } from "../nn/model.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { createOptimizer, type Optimizer } from "../training/optimizer.js";
import { train } from "../training/train.js";
import type { StageContext } from "./context.js";
import { describeMeasured, type Measured, measure } from "./measure.js";
import { loadModel, modelSettings, saveModel } from "./model-artefacts.js";
import { freezeFor, startingModel } from "./starting-model.js";

/** A model that a stage trains, or finds trained. */
interface Wanted {
  /** Names the random streams and the progress bar, e.g. "poisoned training". */
  readonly name: string;
  readonly path: string;
  readonly kind: ArtefactKind;
  /** Rows of the poisoned training set to train on. */
  readonly ids: Int32Array;
  readonly epochs: number;
  /** More that the model depends on, beside the flags. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Called with the optimizer of a model just trained, before the model is saved. */
  readonly saveOptimizer?: (optimizer: Optimizer) => Promise<void>;
}

/**
 * The model of a training stage: loaded when it is there (and must be with --get_result), else trained and saved.
 * @returns what it measures on the test sets; the model is disposed
 */
export async function trainOrLoad(context: StageContext, wanted: Wanted): Promise<Measured> {
  const { config, reporter } = context;
  const saved = await resolveCheckpoint(wanted.path);
  if (config.getResult && saved === undefined) {
    throw new UserError(`--get_result: there is no ${wanted.path}.`, "Train it first, without --get_result.");
  }
  const load = saved !== undefined && (config.getResult || !isForced(context, wanted));
  const model = load ? await loadTrained(context, wanted) : await trainAndSave(context, wanted);
  try {
    if (load && !config.getResult)
      reporter.info(`${wanted.name}: ${wanted.path} is there already (--force trains it again)`);
    const measured = await measure(context, model);
    reporter.info(`${wanted.name}: ${describeMeasured(measured)}`);
    return measured;
  } finally {
    model.dispose();
  }
}

/** Whether --force asks to train a model that is there. */
export const isForced = ({ config, trained }: StageContext, { path }: Wanted): boolean =>
  config.force && !trained.has(path);

const dependsOn = (context: StageContext, { kind, epochs, extra }: Wanted) => ({
  ...modelSettings(context.config, kind, epochs),
  ...extra,
});

export async function loadTrained(context: StageContext, wanted: Wanted): Promise<Model> {
  const { config, dataset } = context;
  return freezeFor(config, await loadModel(wanted.path, config, dataset, dependsOn(context, wanted)));
}

/** Trains from the scenario's start and saves. @returns the model, owned by the caller */
export async function trainAndSave(context: StageContext, wanted: Wanted): Promise<Model> {
  const { config, dataset, poisoned, reporter, signal } = context;
  const rng = context.rng.fork(wanted.name);
  const model = await startingModel(context, rng);
  const optimizer = createOptimizer(config.opt, config.lr);
  const data = {
    set: poisoned.train,
    ids: wanted.ids,
    normalization: dataset.normalization,
    augmentation: context.augmentation,
  };
  try {
    await train(model, data, optimizer, {
      batchSize: config.bs,
      schedule: { optimizer: config.opt, initialRate: config.lr, period: wanted.epochs },
      endEpoch: wanted.epochs,
      trainingMode: config.trainingMode,
      rng,
      label: wanted.name,
      reporter,
      signal,
      async afterEpoch(epoch, loss) {
        const measured = await measure(context, model);
        const place = `${wanted.name}: epoch ${epoch + 1}/${wanted.epochs}`;
        reporter.info(`${place}: loss ${loss.toFixed(4)}, ${describeMeasured(measured)}`);
      },
    });
    await wanted.saveOptimizer?.(optimizer);
    await saveModel(wanted.path, model, dependsOn(context, wanted), dataset);
    context.trained.add(wanted.path);
    reporter.info(`${wanted.name}: saved ${wanted.path}`);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    optimizer.dispose();
  }
}
