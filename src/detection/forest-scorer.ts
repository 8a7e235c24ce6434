import { binMatrix } from "../scoring/forest/binning/bin-matrix.js";
import { fitForest } from "../scoring/forest/fit-forest.js";
import { numbersBelow, sqrtFeatures } from "../scoring/forest/forest.js";
import type { Matrix } from "../scoring/table/matrix.js";
import { openWorkerPool } from "../scoring/workers/pool.js";
import type { SplitScorer } from "./split-scorer.js";

/** The forest that tells trusted samples from suspects, wherever verdicts are to be comparable. */
export const verdictForest = { trees: 400, maxDepth: 10 } as const;

interface ForestScorerOptions {
  readonly trees: number;
  /** A lone root has depth 0. */
  readonly maxDepth: number;
  readonly threads?: number;
}

/**
 * A random forest that tells `fit` (label 0) from `ranked` (label 1). A row's score is the mean vote of the trees
 * that did not see it, so that nothing is fitted twice and no row judges itself.
 * @param table one row a sample; binned once
 * @throws RunError when a value is not finite
 */
export async function openForestScorer(table: Matrix, options: ForestScorerOptions): Promise<SplitScorer> {
  const { trees, maxDepth } = options;
  const pool = openWorkerPool(options.threads);
  const columns = numbersBelow(table.cols);
  const binned = await binMatrix([table], pool, { seed: "bins", trees }).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  return {
    async score(fit, ranked, seed) {
      const rows = Int32Array.from([...fit, ...ranked]);
      const labels = Uint8Array.from(rows, (_, i) => (i < fit.length ? 0 : 1));
      const { probabilities } = await fitForest(pool, binned, {
        train: { rows, labels },
        predictRows: rows,
        outOfBag: true,
        columns,
        trees,
        maxDepth,
        featuresPerSplit: sqrtFeatures(table.cols),
        seed,
      });
      // In every tree's bag: as suspicious as the mean.
      const scores = probabilities.map((p) => (Number.isNaN(p) ? ranked.length / rows.length : p));
      return { fit: scores.slice(0, fit.length), ranked: scores.slice(fit.length) };
    },
    close: () => pool.close(),
  };
}
