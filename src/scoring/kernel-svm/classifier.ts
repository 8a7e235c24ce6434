import { fitSigmoid, probability, type Sigmoid } from "../calibration/sigmoid.js";
import { calibrationSplits } from "../calibration/splits.js";
import type { ClassifierOptions, Fit, LabelledRows, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { ScaledTable } from "../table/scaled-table.js";
import { openWorkerPool, type WorkerPool } from "../workers/pool.js";
import { type KernelTable, radialKernel } from "./kernel-table.js";
import { permutationImportances } from "./permutation-importance.js";
import type { SmoOptions } from "./smo.js";
import type { SvmResult, SvmTask } from "./task.js";

/** The radial kernel of all rows at some columns. */
interface Prepared {
  readonly columns: Int32Array;
  readonly gamma: number;
  readonly kernel: KernelTable;
}

/** As scikit-learn's SVC has them. */
const defaults: SmoOptions = { cost: 1, tolerance: 1e-3 };

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
  return {
    async fit(fit) {
      const { columns, gamma, kernel } = await prepare(fit.columns);
      const { model, sigmoid } = await trainCalibrated(pool, kernel, fit);
      return {
        probabilities: model.decisions.map((decision) => probability(sigmoid, decision)),
        importances: (heldOut) => {
          const radial = { ...model, kernel, gamma, sigmoid, trainRows: fit.train.rows };
          return permutationImportances(scaled.at(columns), radial, heldOut, fit.seed);
        },
      };
    },
    async close() {
      prepared = undefined;
      scaled.close();
      await pool.close();
    },
  };
}

/**
 * Trains on all rows, and beside that on the rest of each internal fold, which tells what its decision values are worth.
 * Rows too few for folds calibrate themselves.
 */
async function trainCalibrated(
  pool: WorkerPool,
  kernel: KernelTable,
  { train, predictRows, seed }: Fit,
): Promise<{ readonly model: SvmResult; readonly sigmoid: Sigmoid }> {
  const splits = calibrationSplits(train, seed);
  const folds = splits.length > 0 ? splits : [{ rest: train, heldOut: train }];
  const task = (on: LabelledRows, rows: Int32Array): SvmTask => ({
    ...{ kind: "svm", kernel, trainRows: on.rows, trainLabels: on.labels, predictRows: rows },
    ...defaults,
  });
  const tasks = [task(train, predictRows), ...folds.map(({ rest, heldOut }) => task(rest, heldOut.rows))];
  const [model, ...unseen] = await pool.map(tasks.length, (index) => tasks[index]);
  const sigmoid = fitSigmoid(
    unseen.flatMap(({ decisions }) => Array.from(decisions)),
    folds.flatMap(({ heldOut }) => Array.from(heldOut.labels)),
  );
  return { model, sigmoid };
}
