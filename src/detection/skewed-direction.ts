import type { Matrix } from "../scoring/table/matrix.js";
import { centredRows } from "./centred-rows.js";
import { type EachRow, likenessTo } from "./likeness.js";
import { principalComponents } from "./principal-components.js";
import { toLength } from "./whiten.js";

/** Fixed-point steps from each component. */
const steps = 30;
/** Most directions that are looked at; their number costs time. */
const mostComponents = 64;

/**
 * How many directions of most variance the skewed one is sought among. The third moment of a row that is alone on its
 * direction among k is k^1.5 of the rows' number; with more directions than this, it would pass for that of a few rows that
 * share something.
 */
const componentsFor = (rows: number): number =>
  Math.max(2, Math.min(mostComponents, Math.floor((rows / 2) ** (2 / 3))));

/**
 * Sarle's coefficient of a uniform distribution, (skewness^2 + 1) / kurtosis: above it values fall into two groups (1 is two
 * points; SAS/STAT User's Guide, The CLUSTER Procedure).
 */
const uniformBimodality = 5 / 9;
/** Skewness of two points of which the smaller one has two fifths: nearer to halves it is not known which group is odd. */
const leastSkewness = 0.4;

/**
 * The rows that lie farthest along the direction in which the rows are most skewed: a few rows that share something which
 * the others lack lie far out on one side of some direction, wherever the cloud of the others is. Of the first principal
 * components, of variance 1, each row keeps its direction alone (the spatial sign: Visuri, Koivunen and Oja, Journal of
 * Statistical Planning and Inference 91, 2000), as a few rows that are merely far from all others would be more skewed than
 * a tenth of the rows that lie together. Among them the direction w that maximises the third moment E (w z)^3 is found by
 * the fixed point w <- E z (w z)^2 (Hyvärinen and Oja, Neural Computation 9(7), 1997, with the cube's derivative), from
 * every component. Where rows fall into two groups along some direction, only such directions count: of many rows that
 * share something, a fifth or a third, the direction is less skewed than others are by nature.
 * @param rows int32, rows of the table
 * @returns float64 [rows.length], the square of a row's deviations along the direction, 0 on its other side. (A threshold
 * would leave rows out that are many: those of a fifth of the class lie two deviations out, whatever they share.)
 */
export const farRows = (table: Matrix, rows: Int32Array): Float64Array => farAmong(centredRows(table, rows));

function farAmong(centred: Matrix): Float64Array {
  const components = directionsOf(principalComponents(centred, componentsFor(centred.rows)));
  let best: Direction | undefined;
  for (let start = 0; start < components.cols; start++) {
    const found = [alongComponent(components, start), mostSkewedFrom(components, start)].map(towardsSkew);
    for (const one of found) if (!best || isMoreTelling(one, best)) best = one;
  }
  return (best?.values ?? new Float64Array(centred.rows)).map((value) => Math.max(0, value) ** 2);
}

interface Direction {
  /** float64 [rows], of mean 0; the longer tail is above */
  readonly values: Float64Array;
  readonly skewness: number;
  /** Sarle's coefficient where it says that there are two groups, of which it is known which one is odd; 0 elsewhere. */
  readonly bimodality: number;
}

/** @param values float64 [rows], of mean 0 */
function towardsSkew(values: Float64Array): Direction {
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  const variance = moment(2);
  if (variance === 0) return { values, skewness: 0, bimodality: 0 };
  const signed = moment(3) / variance ** 1.5;
  const skewness = Math.abs(signed);
  const bimodality = (skewness ** 2 + 1) / (moment(4) / variance ** 2);
  return {
    values: signed < 0 ? values.map((value) => -value) : values,
    skewness,
    bimodality: bimodality > uniformBimodality && skewness > leastSkewness ? bimodality : 0,
  };
}

/** The clearer two groups are, the less skewed need they be: of natural ones few are as clear as planted ones. */
function isMoreTelling(one: Direction, other: Direction): boolean {
  if (one.bimodality > 0 !== other.bimodality > 0) return one.bimodality > 0;
  const merit = ({ skewness, bimodality }: Direction) => skewness * (bimodality > 0 ? bimodality ** 3 : 1);
  return merit(one) > merit(other);
}

/**
 * How much each row has in common with those that are far along the most skewed direction. Knows nothing of who is trusted,
 * so that all trusted samples can be ranked among the suspects.
 * @param rows int32, rows of the table
 * @returns float64 [rows.length]
 */
export function skewScores(table: Matrix, rows: Int32Array): Promise<Float64Array> {
  const centred = centredRows(table, rows);
  return likenessTo(farAmong(centred), rowsOf(centred));
}

const rowsOf =
  ({ rows, cols, data }: Matrix): EachRow =>
  async (look) => {
    for (let row = 0; row < rows; row++) look(data.subarray(row * cols, (row + 1) * cols), row);
  };

/** Every row, a number of each component, brought to length 1; then every component to mean 0 and variance 1 again. */
function directionsOf(components: readonly Float64Array[]): Matrix {
  const [rows, cols] = [components[0].length, components.length];
  const data = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * cols, (row + 1) * cols);
    own.set(components.map((component) => component[row]));
    toLength(own, 1);
  }
  for (let c = 0; c < cols; c++) {
    let [sum, squares] = [0, 0];
    for (let at = c; at < data.length; at += cols) {
      sum += data[at];
      squares += data[at] * data[at];
    }
    const mean = sum / rows;
    const deviation = Math.sqrt(Math.max(0, squares / rows - mean * mean));
    for (let at = c; at < data.length; at += cols)
      data[at] = deviation > 0 ? (data[at] - mean) / deviation : 0;
  }
  return { rows, cols, data };
}

/** float64 [rows] */
const alongComponent = ({ rows, cols, data }: Matrix, component: number) =>
  Float64Array.from({ length: rows }, (_, row) => data[row * cols + component]);

/** float64 [rows], of variance 1 or a little less */
function mostSkewedFrom({ rows, cols, data }: Matrix, start: number): Float64Array<ArrayBuffer> {
  const values = alongComponent({ rows, cols, data }, start);
  for (let step = 0; step < steps; step++) {
    const weights = new Float64Array(cols);
    for (let row = 0, at = 0; row < rows; row++) {
      const square = values[row] * values[row];
      for (let c = 0; c < cols; c++, at++) weights[c] += square * data[at];
    }
    const length = Math.hypot(...weights);
    if (length === 0) break;
    for (let row = 0, at = 0; row < rows; row++) {
      let sum = 0;
      for (let c = 0; c < cols; c++, at++) sum += weights[c] * data[at];
      values[row] = sum / length;
    }
  }
  return values;
}
