import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Run } from "../run.js";
import type { Origin } from "../store/origin.js";
import { createOptimizer, type Optimizer } from "./optimizer.js";
import { describePosition } from "./position.js";
import type { Recipe } from "./recipe.js";
import { saveModel } from "./saved-model.js";
import { type TrainingData, train } from "./train.js";
import { trainingProgress } from "./training-progress.js";

/** A model to be trained and saved. */
export interface ModelTraining {
  /** Names the progress bar and the messages. */
  readonly name: string;
  readonly path: string;
  readonly origin: Origin;
  readonly data: TrainingData;
  readonly recipe: Recipe;
  /** false: batch norm uses its running statistics and dropout is off, during training as well. */
  readonly trainingMode: boolean;
  /** The training's stream. */
  readonly rng: Rng;
  /** Begin anew even where an interrupted training could go on. */
  readonly isForced: boolean;
  readonly checkpointSeconds: number;
  /** The weights to start from; owned by the training. */
  readonly start: () => Promise<Model>;
  /** What more to say of the model after an epoch than its loss. */
  readonly describe?: (model: Model) => Promise<string>;
  /** Called with the optimizer before the model is saved. */
  readonly saveOptimizer?: (optimizer: Optimizer) => Promise<void>;
}

/**
 * Trains a model, or goes on with its training, and saves it. The caller holds the lock of `path`.
 * @returns the model, owned by the caller
 */
export async function trainResumably(training: ModelTraining, { reporter, signal }: Run): Promise<Model> {
  const { name, path, recipe, origin } = training;
  const progress = trainingProgress(path, origin, training.checkpointSeconds);
  if (training.isForced) await progress.remove();
  const model = await training.start();
  const optimizer = createOptimizer(recipe.optimizer, recipe.learningRate);
  try {
    const saved = await progress.restore(model, optimizer);
    if (saved) reporter.info(`${name}: going on from ${describePosition(saved.position)}`);
    await train(model, training.data, optimizer, {
      batchSize: recipe.batchSize,
      schedule: { ...recipe, initialRate: recipe.learningRate, period: recipe.epochs },
      start: saved?.position,
      endEpoch: recipe.epochs,
      trainingMode: training.trainingMode,
      rng: training.rng,
      label: name,
      reporter,
      signal,
      async afterStep(position, isStopping) {
        const state = { model, optimizer, position };
        await (isStopping ? progress.save(state) : progress.saveWhenDue(() => state));
      },
      async afterEpoch(epoch, loss) {
        await progress.save({ model, optimizer, position: { epoch: epoch + 1, batch: 0 } });
        const place = `${name}: epoch ${epoch + 1}/${recipe.epochs}`;
        const said = await training.describe?.(model);
        reporter.info([`${place}: loss ${loss.toFixed(4)}`, said].filter(Boolean).join(", "));
      },
    });
    await training.saveOptimizer?.(optimizer);
    await saveModel(path, model, origin);
    await progress.remove();
    reporter.info(`${name}: saved ${path}`);
    return model;
  } catch (error) {
    model.dispose();
    // It would diverge again: a run at another rate should not find it in its way.
    if (error instanceof RunError) await progress.remove();
    throw error;
  } finally {
    optimizer.dispose();
  }
}
