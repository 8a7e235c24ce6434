import { openForestScorer } from "../../src/detection/forest-scorer.js";
import { neighbourScorer } from "../../src/detection/neighbour-scorer.js";
import { skewScores } from "../../src/detection/skewed-direction.js";
import { spectralScores } from "../../src/detection/spectral-score.js";
import { blindScorer, type SplitScorer } from "../../src/detection/split-scorer.js";
import { whitenWithinClasses } from "../../src/detection/whiten.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import type { Captured } from "./captured.js";
import { discriminantScorer } from "./discriminant-scorer.js";
import type { Mode } from "./increments.js";
import { columnsWhere, lastLayerGradients, sideBySide, tableOf } from "./tables.js";

/** What a detector sees of one class. */
interface ClassView {
  /** By epoch, of one network. */
  readonly captured: ReadonlyMap<number, Captured>;
  /** Epochs kept, ascending. */
  readonly epochs: readonly number[];
  /** int32, rows of the data set: suspects, then trusted */
  readonly rows: Int32Array;
  readonly label: number;
  /** int32, of every row of the data set */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** In the order of `rows`; where they were captured. */
  readonly increments: ReadonlyMap<Mode, Matrix>;
}

type MakeTable = (view: ClassView) => Matrix;
type OpenScorer = (table: Matrix) => Promise<SplitScorer>;

const at = ({ captured, epochs }: ClassView, place: number): Captured => {
  const found = captured.get(epochs.at(place) ?? -1);
  if (!found) throw new Error("An epoch was not captured.");
  return found;
};
const allStages =
  (place: number): MakeTable =>
  (view) =>
    tableOf(
      at(view, place),
      view.rows,
      columnsWhere(at(view, place), () => true),
    );
const whitenedTables = new WeakMap<Captured, Matrix>();
/** All stages in units of what is usual within a class; made once for all classes. */
const whitened =
  (place: number): MakeTable =>
  (view) => {
    const captured = at(view, place);
    const { activations, cols } = captured;
    const all = { rows: activations.length / cols, cols, data: activations };
    const table = whitenedTables.get(captured) ?? whitenWithinClasses(all, view.labels);
    whitenedTables.set(captured, table);
    const data = new Float32Array(view.rows.length * cols);
    view.rows.forEach((row, i) => {
      data.set(table.data.subarray(row * cols, (row + 1) * cols), i * cols);
    });
    return { rows: view.rows.length, cols, data };
  };
const oneStage =
  (stage: string): MakeTable =>
  (view) =>
    tableOf(
      at(view, -1),
      view.rows,
      columnsWhere(at(view, -1), (group) => group.stage === stage),
    );
const penultimate: MakeTable = (view) => {
  const { groups } = at(view, -1);
  const last = groups.filter(({ statistic }) => statistic !== "max").at(-1);
  return tableOf(
    at(view, -1),
    view.rows,
    columnsWhere(at(view, -1), (group) => group === last),
  );
};
const everyEpoch: MakeTable = (view) => sideBySide(view.epochs.map((_, place) => allStages(place)(view)));
const increments =
  (mode: Mode): MakeTable =>
  (view) => {
    const found = view.increments.get(mode);
    if (!found) throw new Error("Increments were not captured.");
    return found;
  };
/** Rows of length 1. */
const directions =
  (mode: Mode): MakeTable =>
  (view) => {
    const { rows, cols, data } = increments(mode)(view);
    const unit = data.slice();
    for (let row = 0; row < rows; row++) {
      const own = unit.subarray(row * cols, (row + 1) * cols);
      const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0)) || 1;
      own.forEach((value, c) => {
        own[c] = value / length;
      });
    }
    return { rows, cols, data: unit };
  };

const forest =
  (trees: number, maxDepth: number): OpenScorer =>
  (table) =>
    openForestScorer(table, { trees, maxDepth, threads: 1 });
const linear =
  (components: number): OpenScorer =>
  async (table) =>
    discriminantScorer(table, components, 1e-3);
const neighbours =
  (k: number): OpenScorer =>
  async (table) =>
    neighbourScorer(table, k);
const skewed: OpenScorer = async (table) => blindScorer((rows) => skewScores(table, rows));
const spectral: OpenScorer = async (table) => blindScorer((rows) => spectralScores(table, rows));

/** What can be tried: the numbers that a network makes of images, and what tells suspects from trusted images in them. */
export const detectors = {
  "all stages, forest 10": [allStages(-1), forest(200, 10)],
  "all stages, forest 6": [allStages(-1), forest(200, 6)],
  "all stages, forest 4": [allStages(-1), forest(200, 4)],
  "all stages, forest 3": [allStages(-1), forest(200, 3)],
  "all stages, forest 2": [allStages(-1), forest(200, 2)],
  "all stages, linear 16": [allStages(-1), linear(16)],
  "all stages, linear 32": [allStages(-1), linear(32)],
  "all stages, linear 64": [allStages(-1), linear(64)],
  "penultimate, forest 4": [penultimate, forest(200, 4)],
  "penultimate, linear 32": [penultimate, linear(32)],
  "stem, forest 4": [oneStage("stem"), forest(200, 4)],
  "layer 1, forest 4": [oneStage("layer1"), forest(200, 4)],
  "layer 2, forest 4": [oneStage("layer2"), forest(200, 4)],
  "layer 3, forest 4": [oneStage("layer3"), forest(200, 4)],
  "layer 4, forest 4": [oneStage("layer4"), forest(200, 4)],
  "first third, forest 4": [allStages(0), forest(200, 4)],
  "second third, forest 4": [allStages(1), forest(200, 4)],
  "three epochs, forest 4": [everyEpoch, forest(200, 4)],
  "last-layer gradient, forest 4": [
    (view) => lastLayerGradients(at(view, -1), view.rows, view.label, view.numClasses),
    forest(200, 4),
  ],
  "penultimate, neighbours 5": [penultimate, neighbours(5)],
  "all stages, neighbours 5": [allStages(-1), neighbours(5)],
  "penultimate, spectral": [penultimate, spectral],
  "all stages whitened, skewed direction": [whitened(-1), skewed],
  "first third whitened, skewed direction": [whitened(0), skewed],
  "second third whitened, skewed direction": [whitened(1), skewed],
  "increments in training mode, forest 4": [increments("training"), forest(200, 4)],
  "increments in training mode, linear 32": [increments("training"), linear(32)],
  "increments in evaluation mode, forest 4": [increments("evaluation"), forest(200, 4)],
  "increments in evaluation mode, linear 32": [increments("evaluation"), linear(32)],
  "increments of length 1 in evaluation mode, forest 4": [directions("evaluation"), forest(200, 4)],
} as const satisfies Record<string, readonly [MakeTable, OpenScorer]>;
export type DetectorName = keyof typeof detectors;

/** One detector on one class; rows of the scorer are 0, 1, … in the order of `view.rows`. */
export const openDetector = async (name: DetectorName, view: ClassView): Promise<SplitScorer> => {
  const [makeTable, open] = detectors[name];
  return open(makeTable(view));
};
