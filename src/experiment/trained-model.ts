import { makeOnce } from "../files/make-once.js";
import type { Model } from "../nn/model.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import type { Optimizer } from "../training/optimizer.js";
import { trainResumably } from "../training/resumable-training.js";
import { loadModel } from "../training/saved-model.js";
import { removeOldProgress } from "../training/training-progress.js";
import { type Artefact, originOf } from "../workflow/artefact.js";
import type { Experiment } from "./experiment.js";
import { describeMeasured, type Measured, measure } from "./measure.js";
import { newModel } from "./new-model.js";
import { freezeFor, startingModel } from "./starting-model.js";

/** A model that a stage trains, or finds trained. */
export interface ModelToTrain {
  /** Names the random streams and the progress bar, e.g. "poisoned training". */
  readonly name: string;
  readonly artefact: Artefact;
  /** int32, rows of the poisoned training set to train on */
  readonly ids: Int32Array;
  readonly epochs: number;
  /** Called with the optimizer of a model just trained, before the model is saved. */
  readonly saveOptimizer?: (optimizer: Optimizer) => Promise<void>;
}

/**
 * The model of a training stage: loaded when it is there, as it must be with --get_result, else trained and saved.
 * @returns what it measures on the test sets; the model is disposed
 */
export async function trainOrLoad(experiment: Experiment, wanted: ModelToTrain): Promise<Measured> {
  const { config, run } = experiment;
  const { name, artefact } = wanted;
  const { model, wasThere } = config.getResult
    ? { model: await loadTrained(experiment, artefact), wasThere: false }
    : await findOrTrain(experiment, wanted);
  try {
    if (wasThere) run.reporter.info(`${name}: ${artefact.path} is there already (--force trains it again)`);
    const measured = await measure(experiment, model);
    run.reporter.info(`${name}: ${describeMeasured(measured)}`);
    return measured;
  } finally {
    model.dispose();
  }
}

/**
 * A model that is there, or once another run that trains it has come to its end, unless --force is given; else it is trained.
 * @returns the model, owned by the caller
 */
export function findOrTrain(
  experiment: Experiment,
  wanted: ModelToTrain,
): Promise<{ readonly model: Model; readonly wasThere: boolean }> {
  const { artefact } = wanted;
  const find = async () => {
    const isFound = !isForced(experiment, artefact) && (await resolveCheckpoint(artefact.path)) !== undefined;
    return isFound ? { model: await loadTrained(experiment, artefact), wasThere: true } : undefined;
  };
  const train = async () => ({ model: await trainAndSave(experiment, wanted), wasThere: false });
  return makeOnce(artefact.path, find, train, experiment.run);
}

/** Whether --force asks to train a model that is there. */
const isForced = ({ config, trained }: Experiment, { path }: Artefact): boolean =>
  config.force && !trained.has(path);

/** @throws UserError when it is not there, or of another origin */
export async function loadTrained(experiment: Experiment, artefact: Artefact): Promise<Model> {
  const { config, dataset, contents } = experiment;
  const origin = await originOf(artefact, contents);
  const model = await loadModel(artefact.path, newModel(config, dataset), { origin });
  await removeOldProgress(artefact.path);
  return freezeFor(config, model);
}

/** Trains from the scenario's start, or goes on, and saves. @returns the model, owned by the caller */
async function trainAndSave(experiment: Experiment, wanted: ModelToTrain): Promise<Model> {
  const { config, subject, contents, run } = experiment;
  const { name, artefact, ids, epochs, saveOptimizer } = wanted;
  const rng = experiment.rng.fork(name);
  const training = {
    name,
    path: artefact.path,
    origin: await originOf(artefact, contents),
    data: { ...subject, set: subject.images, ids },
    recipe: { epochs, batchSize: config.bs, optimizer: config.opt, learningRate: config.lr },
    trainingMode: config.trainingMode,
    rng,
    isForced: isForced(experiment, artefact),
    checkpointSeconds: config.checkpointSeconds,
    start: () => startingModel(experiment, rng),
    describe: async (trained: Model) => describeMeasured(await measure(experiment, trained)),
    saveOptimizer,
  };
  const model = await trainResumably(training, run);
  experiment.trained.add(artefact.path);
  return model;
}
