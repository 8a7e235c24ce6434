import type { ClassifierOptions, Fit, FitResult, OpenClassifier, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { openWorkerPool } from "../workers/pool.js";
import type { BinnedMatrix } from "./binned-matrix.js";
import { binMatrix } from "./binning/bin-matrix.js";
import { type ForestFit, fitForest } from "./fit-forest.js";
import { sqrtFeatures } from "./forest.js";

type Settings = Pick<ForestFit, "trees" | "maxDepth">;

/** `--cv_model RandomForest`: 200 trees of depth <= 10. */
export const openRandomForest: OpenClassifier = (tables, options) =>
  openForest({ trees: 200, maxDepth: 10 }, tables, options);

/** `--cv_model prf`: scikit-learn's defaults, 100 trees that grow until their leaves are pure. */
export const openDefaultForest: OpenClassifier = (tables, options) =>
  openForest({ trees: 100, maxDepth: Number.POSITIVE_INFINITY }, tables, options);

/** All rows are binned once; every fit reads those bins. */
async function openForest(
  settings: Settings,
  tables: readonly Matrix[],
  options: ClassifierOptions,
): Promise<RowClassifier> {
  const pool = openWorkerPool(options.threads);
  const fitOn = async (binned: BinnedMatrix, { columns, ...rest }: Fit): Promise<FitResult> => {
    const { probabilities, importances } = await fitForest(pool, binned, {
      ...rest,
      ...settings,
      columns,
      featuresPerSplit: sqrtFeatures(columns.length),
    });
    return { probabilities, importances: async () => importances };
  };
  try {
    const binned = await binMatrix(tables, pool, { seed: options.seed, trees: settings.trees });
    return { fit: (one) => fitOn(binned, one), close: () => pool.close() };
  } catch (error) {
    await pool.close();
    throw error;
  }
}
