import { tf } from "../../engine/tf.js";
import { createDnn } from "../../models/dnn.js";
import type { Model } from "../../nn/model.js";
import { createRng } from "../../random/rng.js";
import type { StateDict } from "../../store/state-dict.js";
import type { ClassifierOptions, Fit, FitResult, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { ScaledTable } from "../table/scaled-table.js";
import { predictDnn, type ReadInputs, refreshStatistics, trainDnn } from "./dnn-training.js";
import { contributions } from "./integrated-gradients.js";

/**
 * `--cv_model MLP`: the DNN of the model zoo, trained on values of mean square 1. Importances are integrated gradients
 * towards rows' own labels, on held-out rows.
 */
export async function openMlp(
  tables: readonly Matrix[],
  _options: ClassifierOptions,
): Promise<RowClassifier> {
  const scaled = new ScaledTable(tables);
  return {
    fit: (fit) => fitDnn(reader(scaled.at(fit.columns)), fit),
    close: async () => scaled.close(),
  };
}

async function fitDnn(read: ReadInputs, { train, predictRows, columns, seed }: Fit): Promise<FitResult> {
  const rng = createRng(seed);
  const options = { inputs: columns.length, classes: 2, rng: rng.fork("weights") };
  const trained = await withModel(createDnn(options), async (model) => {
    await trainDnn(model, read, train, rng);
    return model.stateDict();
  });
  const asItPredicts = <T>(state: StateDict, use: (model: Model) => Promise<T>): Promise<T> =>
    withModel(createDnn({ ...options, dropoutRate: 0 }), (model) => {
      model.loadStateDict(state);
      return use(model);
    });
  const { probabilities, state } = await asItPredicts(trained, async (model) => {
    refreshStatistics(model, read, train, rng);
    return { probabilities: await predictDnn(model, read, predictRows), state: await model.stateDict() };
  });
  return {
    probabilities,
    importances: (heldOut) =>
      asItPredicts(state, (model) => contributions(model, read, heldOut, rng.fork("gradients"))),
  };
}

/** Uses a model and frees it. */
async function withModel<T>(model: Model, use: (model: Model) => Promise<T>): Promise<T> {
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

/** Rows of the table as a network's inputs, of mean square 1. */
const reader =
  (table: tf.Tensor2D): ReadInputs =>
  (rows) =>
    tf.tidy(() => {
      const numColumns = table.shape[1];
      const picked = tf.mul(tf.gather(table, tf.tensor1d(rows, "int32")), Math.sqrt(numColumns));
      return tf.reshape(picked, [rows.length, 1, 1, numColumns]);
    });
