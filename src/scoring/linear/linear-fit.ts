import { tf } from "../../engine/tf.js";
import type { LabelledRows } from "../row-classifier.js";
import { type Evaluation, minimise } from "./lbfgs.js";
import type { MarginLoss } from "./margin-loss.js";

/** f(x) = weights . x + intercept; positive on label 1's side. */
export interface LinearModel {
  /** float64 [numColumns] */
  readonly weights: Float64Array;
  readonly intercept: number;
}

/** How to fit. */
export interface LinearFitOptions {
  /** C: weight of the summed loss against |weights|^2 / 2; the intercept is free. */
  readonly cost: number;
  /** Largest element of the mean objective's gradient that counts as zero. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

interface Search {
  readonly problem: LabelledRows;
  readonly steps: ReturnType<typeof minimise>;
  /** float64 [numColumns + 1], weights and intercept wanted next, or found */
  point: Float64Array;
  done: boolean;
}

/**
 * Fits linear models to several choices of rows of one table. The engine multiplies the whole table with all models'
 * weights at once, which costs little more than with one model's: reading the table is what takes time.
 * @param table float32 [numRows, numColumns]; borrowed
 * @param problems each with rows of both labels
 */
export async function fitLinearModels(
  table: tf.Tensor2D,
  problems: readonly LabelledRows[],
  loss: MarginLoss,
  { cost, ...stop }: LinearFitOptions,
): Promise<LinearModel[]> {
  const searches = problems.map((problem): Search => {
    const steps = minimise(new Float64Array(table.shape[1] + 1), stop);
    return { problem, steps, point: steps.next().value, done: false };
  });
  for (let open = searches; open.length > 0; open = open.filter(({ done }) => !done)) {
    const evaluations = await evaluate(table, open, loss, cost);
    for (const [i, search] of open.entries()) {
      const { value, done } = search.steps.next(evaluations[i]);
      search.point = value;
      search.done = done ?? false;
    }
  }
  return searches.map(({ point }) => ({
    weights: point.subarray(0, -1),
    intercept: point[point.length - 1],
  }));
}

/** @returns float64 [numRows] for each model, its decision values */
export async function decisionValues(
  table: tf.Tensor2D,
  models: readonly LinearModel[],
): Promise<Float64Array[]> {
  const [numRows, numColumns] = table.shape;
  const count = models.length;
  const weights = new Float32Array(numColumns * count);
  for (const [m, model] of models.entries())
    for (let column = 0; column < numColumns; column++) weights[column * count + m] = model.weights[column];
  const product = tf.tidy(() => tf.matMul(table, tf.tensor2d(weights, [numColumns, count])));
  const values = await product.data();
  product.dispose();
  return models.map(({ intercept }, m) =>
    Float64Array.from({ length: numRows }, (_, row) => values[row * count + m] + intercept),
  );
}

/** The mean objective, loss + |weights|^2 / (2 cost numTrain), and its gradient at every search's point. */
async function evaluate(
  table: tf.Tensor2D,
  searches: readonly Search[],
  loss: MarginLoss,
  cost: number,
): Promise<Evaluation[]> {
  const [numRows, numColumns] = table.shape;
  const models = searches.map(({ point }) => ({
    weights: point.subarray(0, numColumns),
    intercept: point[numColumns],
  }));
  const decisions = await decisionValues(table, models);
  const slopes = new Float32Array(searches.length * numRows);
  const sums = searches.map(({ problem }, s) =>
    meanLoss(problem, decisions[s], loss, slopes.subarray(s * numRows, (s + 1) * numRows)),
  );
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(slopes, [searches.length, numRows]), table));
  const gradients = await product.data();
  product.dispose();
  return searches.map(({ problem, point }, s): Evaluation => {
    const strength = 1 / (cost * problem.rows.length);
    const gradient = new Float64Array(numColumns + 1);
    let squares = 0;
    for (let column = 0; column < numColumns; column++) {
      squares += point[column] ** 2;
      gradient[column] = gradients[s * numColumns + column] + strength * point[column];
    }
    gradient[numColumns] = sums[s].slope;
    return { value: sums[s].value + (strength * squares) / 2, gradient };
  });
}

/**
 * @param decisions float64 [numRows]
 * @param slopes float32 [numRows], set to the mean loss's derivatives by decision values
 * @returns the mean loss of the problem's rows, and its derivative by the intercept
 */
function meanLoss(
  { rows, labels }: LabelledRows,
  decisions: Float64Array,
  loss: MarginLoss,
  slopes: Float32Array,
): { readonly value: number; readonly slope: number } {
  let value = 0;
  let slope = 0;
  for (const [i, row] of rows.entries()) {
    const side = labels[i] === 1 ? 1 : -1;
    const margin = side * decisions[row];
    const change = (side * loss.slope(margin)) / rows.length;
    value += loss.value(margin) / rows.length;
    slope += change;
    slopes[row] = change;
  }
  return { value, slope };
}
