import { fastIntegers } from "../random/fast-random.js";
import { createRng } from "../random/rng.js";
import { binMatrix } from "../scoring/forest/bin-matrix.js";
import { fitForest } from "../scoring/forest/fit-forest.js";
import { sqrtFeatures } from "../scoring/forest/forest.js";
import { addBinnedPredictions } from "../scoring/forest/tree-prediction.js";
import type { Matrix } from "../scoring/table/matrix.js";
import { openWorkerPool } from "../scoring/workers/pool.js";
import type { SplitScorer } from "./split-scorer.js";

interface ForestScorerOptions {
  readonly trees: number;
  /** A lone root has depth 0. */
  readonly maxDepth: number;
  readonly threads?: number;
}

/**
 * A random forest that tells `fit` (label 0) from `ranked` (label 1). A ranked row's score is the mean vote of the trees
 * that did not see it, so that nothing is fitted twice and no row judges itself.
 * @param table one row a sample; binned once
 * @throws RunError when a value is not finite
 */
export async function openForestScorer(table: Matrix, options: ForestScorerOptions): Promise<SplitScorer> {
  const { trees, maxDepth } = options;
  const pool = openWorkerPool(options.threads);
  const columns = Int32Array.from({ length: table.cols }, (_, column) => column);
  const binned = await binMatrix([table], pool, "bins").catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  return {
    async score(fit, ranked, seed) {
      const rows = Int32Array.from([...fit, ...ranked]);
      const labels = Uint8Array.from(rows, (_, i) => (i < fit.length ? 0 : 1));
      const forest = await fitForest(pool, binned, {
        train: { rows, labels },
        predictRows: new Int32Array(0),
        columns,
        trees,
        maxDepth,
        featuresPerSplit: sqrtFeatures(table.cols),
        seed,
        returnTrees: true,
      });
      const votes = new Float64Array(ranked.length);
      const counts = new Int32Array(ranked.length);
      for (const [number, tree] of forest.trees.entries()) {
        const outside = placesOutOfBag(seed, number, rows.length, fit.length);
        const sums = new Float64Array(outside.length);
        addBinnedPredictions(
          tree,
          binned,
          outside.map((place) => ranked[place]),
          sums,
        );
        outside.forEach((place, i) => {
          votes[place] += sums[i];
          counts[place]++;
        });
      }
      // In every tree's bag: as suspicious as the mean.
      return votes.map((sum, i) => (counts[i] > 0 ? sum / counts[i] : ranked.length / rows.length));
    },
    close: () => pool.close(),
  };
}

/** Places in `ranked` that a tree's bootstrap left out; the same draws as when the tree was grown. */
function placesOutOfBag(seed: string, tree: number, numTrain: number, numFit: number): Int32Array {
  const draw = fastIntegers(createRng(seed).fork(`tree-${tree}`).seed());
  const isIn = new Uint8Array(numTrain);
  for (let i = 0; i < numTrain; i++) isIn[draw(numTrain)] = 1;
  return Int32Array.from(isIn.keys())
    .filter((place) => place >= numFit && isIn[place] === 0)
    .map((place) => place - numFit);
}
