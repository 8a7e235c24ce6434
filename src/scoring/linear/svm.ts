import { fitSigmoid, probability } from "../calibration/sigmoid.js";
import { calibrationSplits } from "../calibration/splits.js";
import type { ClassifierOptions, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { ScaledTable } from "../table/scaled-table.js";
import { decisionValues, fitLinearModels } from "./linear-fit.js";
import { squaredHingeLoss } from "./margin-loss.js";

/**
 * `--cv_model LinearSVM`: a linear support vector machine with the squared hinge loss and C = 1 (scikit-learn's
 * LinearSVC, but for a free intercept), on the table scaled as a whole. Probabilities are Platt's, from decision values
 * of five internal folds that are fitted together with the whole. Importances are |coefficients|.
 */
export async function openLinearSvm(
  tables: readonly Matrix[],
  _options: ClassifierOptions,
): Promise<RowClassifier> {
  const scaled = new ScaledTable(tables);
  return {
    async fit({ train, predictRows, columns, seed }) {
      const table = scaled.at(columns);
      const splits = calibrationSplits(train, seed);
      const problems = [train, ...splits.map(({ rest }) => rest)];
      const stop = { tolerance: 1e-4, maxIterations: 1000 };
      const models = await fitLinearModels(table, problems, squaredHingeLoss, { cost: 1, ...stop });
      const [decisions, ...unseen] = await decisionValues(table, models);
      const sigmoid =
        splits.length > 0
          ? fitSigmoid(
              splits.flatMap(({ heldOut }, i) => Array.from(heldOut.rows, (row) => unseen[i][row])),
              splits.flatMap(({ heldOut }) => Array.from(heldOut.labels)),
            )
          : fitSigmoid(
              train.rows.map((row) => decisions[row]),
              train.labels,
            );
      return {
        probabilities: Float64Array.from(predictRows, (row) => probability(sigmoid, decisions[row])),
        importances: async () => models[0].weights.map(Math.abs),
      };
    },
    close: async () => scaled.close(),
  };
}
