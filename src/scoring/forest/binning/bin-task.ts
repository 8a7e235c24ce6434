import { type BinnedMatrix, binningScratch, EDGES_PER_COLUMN, rawBlock } from "../binned-matrix.js";
import { BinAssigner } from "../kernel/bin-assigner.js";
import { forestKernel } from "../kernel/forest-kernel.js";
import { SampleSorter } from "../kernel/sample-sorter.js";
import { ScratchPieces } from "../kernel/scratch.js";
import { COLUMNS_PER_TASK, COLUMNS_TURNED } from "../memory-plan.js";
import { quantileEdges } from "./quantile-edges.js";

/** Bin a few columns of the matrix into the shared `binned`. */
export interface BinTask {
  readonly kind: "bin";
  readonly binned: BinnedMatrix;
  readonly firstColumn: number;
  readonly numColumns: number;
  /** Number of the raw block they lie in. */
  readonly block: number;
  /** Whose working memory to use. */
  readonly thread: number;
  /** int32, ascending: the rows the edges are taken from. */
  readonly edgeRows: Int32Array<SharedArrayBuffer>;
}

/** What there is to say of columns that have been binned. */
export interface BinResult {
  /** A column that holds NaN or an infinity, if there is one. */
  readonly nonFiniteColumn: number | undefined;
}

/** Writes the columns' edges and bins; stops at a column that is not finite. */
export function runBinTask(task: BinTask): BinResult {
  const { binned, edgeRows } = task;
  const scratch = new ScratchPieces(binningScratch(binned, task.thread));
  const turned = scratch.float32(binned.rows * COLUMNS_TURNED);
  const kernel = forestKernel(binned.memory);
  const assigner = new BinAssigner(binned, scratch);
  const sample = new SampleSorter(binned.memory, scratch, edgeRows);
  const { byteOffset: block } = rawBlock(binned, task.block);
  for (let k = 0; k < task.numColumns; k++) {
    const place = k % COLUMNS_TURNED;
    if (place === 0) {
      kernel.transpose(block + 4 * k, 4 * COLUMNS_PER_TASK, turned.byteOffset, binned.rows, COLUMNS_TURNED);
    }
    const column = task.firstColumn + k;
    const raw = turned.subarray(place * binned.rows, (place + 1) * binned.rows);
    const edges = quantileEdges(sample.sort(raw));
    binned.edges.set(edges, column * EDGES_PER_COLUMN);
    if (!assigner.assign(column, raw, edges)) return { nonFiniteColumn: column };
  }
  return { nonFiniteColumn: undefined };
}
