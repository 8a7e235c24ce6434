import { fitSigmoid, probability } from "../calibration/sigmoid.js";
import { calibrationSplits } from "../calibration/splits.js";
import type { ClassifierOptions, Fit, FitResult, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { ScaledTable } from "../table/scaled-table.js";
import { openWorkerPool } from "../workers/pool.js";
import { type KernelTable, radialKernel } from "./kernel-table.js";
import { permutationImportances } from "./permutation-importance.js";
import type { SvmTask } from "./task.js";

/** The radial kernel of all rows at some columns. */
interface Prepared {
  readonly columns: Int32Array;
  readonly gamma: number;
  readonly kernel: KernelTable;
}

/**
 * `--cv_model KernelSVM`: scikit-learn's SVC with its defaults, radial kernel, C = 1, gamma = 1 / (columns x variance of
 * the table). Probabilities are Platt's, from decision values of five internal folds. Importances are those of permuted
 * columns, on held-out rows. The kernel of all rows with each other is computed once for all fits on the same columns:
 * 4 bytes and 2 x columns operations for every pair.
 */
export async function openKernelSvm(
  tables: readonly Matrix[],
  options: ClassifierOptions,
): Promise<RowClassifier> {
  const scaled = new ScaledTable(tables);
  const pool = openWorkerPool(options.threads);
  let prepared: Prepared | undefined;
  const prepare = async (columns: Int32Array): Promise<Prepared> => {
    if (prepared?.columns === columns) return prepared;
    prepared = undefined;
    const gamma = scaled.scaleGamma(columns);
    prepared = { columns, gamma, kernel: await radialKernel(scaled.at(columns), gamma) };
    return prepared;
  };

  const fit = async ({ train, predictRows, columns, seed }: Fit): Promise<FitResult> => {
    const { gamma, kernel } = await prepare(columns);
    const splits = calibrationSplits(train, seed);
    const jobs = splits.map(({ rest, heldOut }) => ({ on: rest, predict: heldOut }));
    if (jobs.length === 0) jobs.push({ on: train, predict: train });
    const task = (index: number): SvmTask => {
      const { on, predict } = jobs[index] ?? { on: train, predict: { rows: predictRows } };
      return {
        kind: "svm",
        kernel,
        trainRows: on.rows,
        trainLabels: on.labels,
        predictRows: predict.rows,
        cost: 1,
        tolerance: 1e-3,
      };
    };
    const results = await pool.map(jobs.length + 1, task);
    const sigmoid = fitSigmoid(
      jobs.flatMap((_, i) => Array.from(results[i].decisions)),
      jobs.flatMap(({ predict }) => Array.from(predict.labels)),
    );
    const { coefficients, intercept, decisions } = results[jobs.length];
    return {
      probabilities: decisions.map((decision) => probability(sigmoid, decision)),
      importances: (heldOut) =>
        permutationImportances(
          scaled.at(columns),
          { kernel, gamma, sigmoid, trainRows: train.rows, coefficients, intercept },
          heldOut,
          seed,
        ),
    };
  };

  return {
    fit,
    async close() {
      prepared = undefined;
      scaled.close();
      await pool.close();
    },
  };
}
