import { binMatrix } from "./bin-matrix.js";
import type { ClassifierOptions, Fit, RowClassifier } from "./classifiers.js";
import { fitForest } from "./fit-forest.js";
import { sqrtFeatures } from "./forest.js";
import type { Matrix } from "./matrix.js";
import { openWorkerPool } from "./worker-pool.js";

/** `--cv_model RandomForest`: 200 trees of depth <= 10. All rows are binned once; every fit reads those bins. */
export async function openRandomForest(
  tables: readonly Matrix[],
  options: ClassifierOptions,
): Promise<RowClassifier> {
  const pool = openWorkerPool(options.threads);
  try {
    const binned = await binMatrix(tables, pool, options.seed);
    return {
      fit: (fit: Fit) =>
        fitForest(pool, binned, {
          ...fit,
          trees: 200,
          maxDepth: 10,
          featuresPerSplit: sqrtFeatures(fit.columns.length),
          returnTrees: false,
        }),
      close: () => pool.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}
