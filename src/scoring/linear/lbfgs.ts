/** A point's objective and its slope there. */
export interface Evaluation {
  readonly value: number;
  /** float64 [numVariables]; the minimiser keeps it */
  readonly gradient: Float64Array;
}

/** When to end. */
export interface LbfgsOptions {
  /** Ends when no element of the gradient is larger. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** Past steps the curvature is taken from, as many as scikit-learn's. */
const MEMORY = 10;
/** Least share of the promised decrease that a step has to bring. */
const SUFFICIENT_DECREASE = 1e-4;
const MAX_STEP_TRIALS = 20;
/** A step that lowers the value by less than this share of it ends the search: float32 sums are no more exact. */
const LEAST_PROGRESS = 1e-9;

interface PastStep {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverseCurvature: number;
}

/**
 * L-BFGS (Nocedal and Wright, algorithm 7.5) with a backtracking line search, for convex functions. It yields the point
 * it wants to know about and is sent the evaluation there, so that a caller can evaluate several problems' points at once.
 * @param start float64 [numVariables], borrowed
 * @returns float64 [numVariables]: within tolerance, or where rounding hides any further decrease
 */
export function* minimise(
  start: Float64Array,
  { tolerance, maxIterations }: LbfgsOptions,
): Generator<Float64Array, Float64Array, Evaluation> {
  let point = start;
  let { value, gradient } = yield point;
  const past: PastStep[] = [];
  for (let iteration = 0; iteration < maxIterations && largest(gradient) > tolerance; iteration++) {
    const direction = descent(gradient, past);
    const slope = dot(gradient, direction);
    if (slope >= 0) break;
    // Without a known curvature the gradient says nothing about length: the first trial moves by 1 at most.
    let size = past.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
    let next: Float64Array | undefined;
    let found: Evaluation | undefined;
    for (let trial = 0; trial < MAX_STEP_TRIALS && !found; trial++) {
      next = along(point, direction, size);
      const evaluation: Evaluation = yield next;
      if (evaluation.value <= value + SUFFICIENT_DECREASE * size * slope) found = evaluation;
      else size = shorter(size, slope, evaluation.value - value);
    }
    if (!found || !next) break;
    const step = difference(next, point);
    const change = difference(found.gradient, gradient);
    const curvature = dot(step, change);
    if (curvature > 1e-12 * dot(change, change)) past.push({ step, change, inverseCurvature: 1 / curvature });
    if (past.length > MEMORY) past.shift();
    const progress = value - found.value;
    point = next;
    ({ value, gradient } = found);
    if (progress <= LEAST_PROGRESS * Math.abs(value)) break;
  }
  return point;
}

/** Minus the inverse Hessian, as far as past steps tell it, times the gradient: the two-loop recursion. */
function descent(gradient: Float64Array, past: readonly PastStep[]): Float64Array {
  const direction = gradient.map((element) => -element);
  const shares: number[] = [];
  for (let k = past.length - 1; k >= 0; k--) {
    shares[k] = past[k].inverseCurvature * dot(past[k].step, direction);
    add(direction, past[k].change, -shares[k]);
  }
  const last = past.at(-1);
  if (last) {
    const scale = 1 / (last.inverseCurvature * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (let k = 0; k < past.length; k++) {
    const share = past[k].inverseCurvature * dot(past[k].change, direction);
    add(direction, past[k].step, shares[k] - share);
  }
  return direction;
}

/** The minimum of the parabola through what is known, but between a tenth and a half of the size tried. */
function shorter(size: number, slope: number, rise: number): number {
  const best = (-slope * size * size) / (2 * (rise - slope * size));
  return Math.min(0.5 * size, Math.max(0.1 * size, Number.isFinite(best) ? best : 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] += factor * other[i];
}

const along = (point: Float64Array, direction: Float64Array, size: number): Float64Array =>
  point.map((element, i) => element + size * direction[i]);

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((element, i) => element - b[i]);

const largest = (values: Float64Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
