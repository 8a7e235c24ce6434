import type { ClassifierOptions, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { ScaledTable } from "../table/scaled-table.js";
import { decisionValues, fitLinearModels } from "./linear-fit.js";
import { logisticLoss } from "./margin-loss.js";

/**
 * `--cv_model LogisticRegression`: as scikit-learn's, L2 penalty, C = 1, L-BFGS until the gradient is below 1e-4 or 1000
 * iterations (the original's), on the table scaled as a whole. Importances are |coefficients|.
 */
export async function openLogisticRegression(
  tables: readonly Matrix[],
  _options: ClassifierOptions,
): Promise<RowClassifier> {
  const scaled = new ScaledTable(tables);
  return {
    async fit({ train, predictRows, columns }) {
      const table = scaled.at(columns);
      const stop = { tolerance: 1e-4, maxIterations: 1000 };
      const [model] = await fitLinearModels(table, [train], logisticLoss, { cost: 1, ...stop });
      const [decisions] = await decisionValues(table, [model]);
      return {
        probabilities: Float64Array.from(predictRows, (row) => 1 / (1 + Math.exp(-decisions[row]))),
        importances: async () => model.weights.map(Math.abs),
      };
    },
    close: async () => scaled.close(),
  };
}
