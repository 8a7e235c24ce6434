import type { Matrix } from "../scoring/table/matrix.js";
import { principalComponents } from "./principal-components.js";
import type { SplitScorer } from "./split-scorer.js";

/** Directions of most variance among which the most skewed one is sought. */
const numComponents = 16;
/** Fixed-point steps from each of them. */
const steps = 30;

/**
 * How far each row lies along the direction in which the rows are most skewed: a few rows that share something which the
 * others lack lie far out on one side of some direction, wherever the cloud of the others is. Of the first principal
 * components, of variance 1, each row keeps its direction alone (the spatial sign: Visuri, Koivunen and Oja, Journal of
 * Statistical Planning and Inference 91, 2000), as a few rows that are merely far from all others would be more skewed than
 * a tenth of the rows that lie together. Among them the direction w that maximises the third moment E (w z)^3 is found by
 * the fixed point w <- E z (w z)^2 (Hyvärinen and Oja, Neural Computation 9(7), 1997, with the cube's derivative), from every
 * component.
 *
 * Knows nothing of who is trusted, so that all trusted samples can be ranked among the suspects.
 * @param rows int32, rows of the table
 * @returns float64 [rows.length]
 */
export function skewScores(table: Matrix, rows: Int32Array): Float64Array {
  const components = directionsOf(principalComponents(table, rows, numComponents));
  let best = new Float64Array(rows.length);
  let most = 0;
  for (let start = 0; start < components.length; start++) {
    const projected = mostSkewedFrom(components, start);
    const skewness = projected.reduce((sum, value) => sum + value ** 3, 0);
    if (skewness > most) [most, best] = [skewness, projected];
  }
  return best;
}

/** Every row, a number of each component, brought to length 1; then every component to mean 0 and variance 1 again. */
function directionsOf(components: readonly Float64Array[]): Float64Array[] {
  const lengths = components[0]?.map((_, row) =>
    Math.hypot(...components.map((component) => component[row])),
  );
  return components.map((component) =>
    standardised(component.map((value, row) => (lengths[row] > 0 ? value / lengths[row] : 0))),
  );
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (deviation > 0 ? (value - mean) / deviation : 0));
}

function mostSkewedFrom(components: readonly Float64Array[], start: number): Float64Array<ArrayBuffer> {
  let projected = Float64Array.from(components[start]);
  for (let step = 0; step < steps; step++) {
    const weights = components.map((component) =>
      component.reduce((sum, value, i) => sum + value * projected[i] ** 2, 0),
    );
    const length = Math.hypot(...weights);
    if (length === 0) break;
    projected = projected.map((_, i) =>
      components.reduce((sum, component, c) => sum + (weights[c] / length) * component[i], 0),
    );
  }
  return projected;
}

/** `skewScores` of whatever is ranked; nothing is fitted. */
export const skewScorer = (table: Matrix): SplitScorer => ({
  async score(fit, ranked) {
    const scores = skewScores(table, Int32Array.from([...fit, ...ranked]));
    return { fit: scores.slice(0, fit.length), ranked: scores.slice(fit.length) };
  },
  close: async () => {},
});
