import { UserError } from "../errors.js";
import { whileLocked } from "../files/lock.js";
import type { Model } from "../nn/model.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import type { Optimizer } from "../training/optimizer.js";
import type { ArtefactKind } from "./comparison.js";
import type { StageContext } from "./context.js";
import { describeMeasured, type Measured, measure } from "./measure.js";
import { loadModel, modelSettings } from "./model-artefacts.js";
import { removeOldProgress } from "./progress.js";
import { trainResumably } from "./resumable-training.js";
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
  const model = await loadModel(wanted.path, config, dataset, dependsOn(context, wanted));
  await removeOldProgress(wanted.path);
  return freezeFor(config, model);
}

/** Trains from the scenario's start, or goes on, and saves. @returns the model, owned by the caller */
export async function trainAndSave(context: StageContext, wanted: Wanted): Promise<Model> {
  const { config, dataset, poisoned } = context;
  const rng = context.rng.fork(wanted.name);
  const model = await whileLocked(wanted.path, () =>
    trainResumably(context, {
      ...wanted,
      dependsOn: dependsOn(context, wanted),
      dataset,
      data: {
        set: poisoned.train,
        ids: wanted.ids,
        normalization: dataset.normalization,
        augmentation: context.augmentation,
      },
      recipe: { epochs: wanted.epochs, batchSize: config.bs, optimizer: config.opt, learningRate: config.lr },
      trainingMode: config.trainingMode,
      rng,
      isForced: isForced(context, wanted),
      checkpointSeconds: config.checkpointSeconds,
      start: () => startingModel(context, rng),
      describe: async (trained) => describeMeasured(await measure(context, trained)),
    }),
  );
  context.trained.add(wanted.path);
  return model;
}
