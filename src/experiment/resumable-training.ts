import type { Dataset } from "../datasets/image-set.js";
import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import { createOptimizer, type Optimizer } from "../training/optimizer.js";
import { describePosition } from "../training/position.js";
import type { Recipe } from "../training/recipe.js";
import { type TrainingData, train } from "../training/train.js";
import type { FlagRecord } from "./comparison.js";
import type { Run } from "./context.js";
import { saveModel } from "./model-artefacts.js";
import { progressOf } from "./progress.js";

/** A model to be trained and saved. */
interface Task {
  /** Names the progress bar and the messages. */
  readonly name: string;
  readonly path: string;
  /** The flags the model depends on. */
  readonly dependsOn: FlagRecord;
  readonly dataset: Dataset;
  readonly data: TrainingData;
  readonly recipe: Recipe;
  readonly trainingMode: boolean;
  /** The training's stream. */
  readonly rng: Rng;
  /** Begin anew even where an interrupted training could go on. */
  readonly isForced: boolean;
  readonly checkpointSeconds: number;
  /** The weights to start from; owned by the training. */
  readonly start: () => Promise<Model>;
  /** What to say of the model after an epoch. */
  readonly describe: (model: Model) => Promise<string>;
  /** Called with the optimizer before the model is saved. */
  readonly saveOptimizer?: (optimizer: Optimizer) => Promise<void>;
}

/** Trains a model, or goes on with its training, and saves it. @returns the model, owned by the caller */
export async function trainResumably({ reporter, signal }: Run, task: Task): Promise<Model> {
  const { name, path, recipe } = task;
  const progress = progressOf(path, task.dependsOn, task.dataset, task.checkpointSeconds);
  if (task.isForced) await progress.remove();
  const model = await task.start();
  const optimizer = createOptimizer(recipe.optimizer, recipe.learningRate);
  try {
    const saved = await progress.restore(model, optimizer);
    if (saved) reporter.info(`${name}: going on from ${describePosition(saved.position)}`);
    await train(model, task.data, optimizer, {
      batchSize: recipe.batchSize,
      schedule: { ...recipe, initialRate: recipe.learningRate, period: recipe.epochs },
      start: saved?.position,
      endEpoch: recipe.epochs,
      trainingMode: task.trainingMode,
      rng: task.rng,
      label: name,
      reporter,
      signal,
      async afterStep(position, isStopping) {
        const halfway = { model, optimizer, position };
        await (isStopping ? progress.save(halfway) : progress.saveWhenDue(() => halfway));
      },
      async afterEpoch(epoch, loss) {
        await progress.save({ model, optimizer, position: { epoch: epoch + 1, batch: 0 } });
        const place = `${name}: epoch ${epoch + 1}/${recipe.epochs}`;
        reporter.info(`${place}: loss ${loss.toFixed(4)}, ${await task.describe(model)}`);
      },
    });
    await task.saveOptimizer?.(optimizer);
    await saveModel(path, model, task.dependsOn, task.dataset);
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
