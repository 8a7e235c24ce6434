import { tf } from "../../engine/tf.js";

/** A radial model's support vectors, and what each contributes to some rows' decision values. */
export interface Support {
  /** int32 [numSupport], row numbers */
  readonly rows: Int32Array;
  /** float32 [numRows, numSupport], coefficient times kernel */
  readonly shares: Float32Array;
}

/** How rows' decision values depend on one column. */
export interface ColumnResponse {
  /** float32 [numRows], the column as it is */
  readonly values: Float32Array;
  /** Decision value, without the intercept, of row number i of these rows if its value in this column were `value`. */
  decide(i: number, value: number): number;
}

/** Largest exponent for which a power series replaces the exponential, and the part of it that may be missed. */
const SERIES_LIMIT = 8;
const SERIES_PRECISION = 1e-5;

/**
 * Decision values as functions of single columns. With x a row's value, v another in its place and s a support vector's,
 *   decision(v) = sum over s of share_s exp(-gamma ((v - s)^2 - (x - s)^2))
 *               = exp(-gamma (v^2 - x^2)) sum over s of share_s exp(2 gamma (v - x) s).
 * Where the last exponent stays small its power series separates v from s: the sums over support vectors become a few
 * matrix products for all columns at once. Other columns are summed term by term, at numSupport exponentials a value.
 * @param table float32 [numTableRows, numColumns]; borrowed
 * @param rows int32 [numRows], the rows the shares belong to
 * @param block columns wanted
 */
export async function columnResponses(
  table: tf.Tensor2D,
  support: Support,
  rows: Int32Array,
  gamma: number,
  block: { readonly start: number; readonly width: number },
): Promise<ColumnResponse[]> {
  const { width } = block;
  const columns = split(await pick(table, rows, block), width);
  const supportValues = await pick(table, support.rows, block);
  const supportColumns = split(supportValues, width);
  const reaches = supportColumns.map((values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
  const exponents = columns.map((values, k) => 2 * gamma * spanOf(values) * reaches[k]);
  const isSmooth = (k: number) => exponents[k] <= SERIES_LIMIT;
  const terms = seriesLength(Math.max(0, ...exponents.filter((_, k) => isSmooth(k))));
  const moments = await momentsOf(support, supportValues, reaches, rows.length, terms);
  return columns.map((values, k): ColumnResponse => {
    if (!isSmooth(k)) return { values, decide: exactly(support, supportColumns[k], values, gamma) };
    const ofColumn = moments.map((ofOrder) => values.map((_, i) => ofOrder[i * width + k]));
    return { values, decide: bySeries(ofColumn, reaches[k], values, gamma) };
  });
}

type Decide = ColumnResponse["decide"];

/** gamma (v^2 - x^2), by which a decision value shrinks. */
const growth = (gamma: number, value: number, before: number): number => gamma * (value ** 2 - before ** 2);

/** Term by term. @param ofSupport float32 [numSupport], the support vectors' values in the column */
const exactly =
  ({ shares }: Support, ofSupport: Float32Array, values: Float32Array, gamma: number): Decide =>
  (i, value) => {
    const count = ofSupport.length;
    const shift = growth(gamma, value, values[i]);
    const step = 2 * gamma * (value - values[i]);
    let sum = 0;
    for (let s = 0; s < count; s++) sum += shares[i * count + s] * Math.exp(step * ofSupport[s] - shift);
    return sum;
  };

/**
 * By the power series.
 * @param moments of each order float32 [numRows], with the support vectors' values brought to at most 1
 * @param reach what they were divided by
 */
const bySeries =
  (moments: readonly Float32Array[], reach: number, values: Float32Array, gamma: number): Decide =>
  (i, value) => {
    const step = 2 * gamma * (value - values[i]) * reach;
    let sum = moments[moments.length - 1][i];
    for (let order = moments.length - 2; order >= 0; order--) {
      sum = moments[order][i] + (sum * step) / (order + 1);
    }
    return sum * Math.exp(-growth(gamma, value, values[i]));
  };

/** @returns float32 [rows, width], row-major */
async function pick(
  table: tf.Tensor2D,
  rows: Int32Array,
  { start, width }: { readonly start: number; readonly width: number },
): Promise<Float32Array> {
  const picked = tf.tidy(() => {
    const columns = tf.slice(table, [0, start], [table.shape[0], width]);
    return tf.gather(columns, tf.tensor1d(rows, "int32"));
  });
  const values = await picked.data<"float32">();
  picked.dispose();
  return values;
}

/** A row-major table's columns. */
const split = (values: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: width }, (_, k) =>
    Float32Array.from({ length: values.length / width }, (_, row) => values[row * width + k]),
  );

function spanOf(values: Float32Array): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}

/** Terms of exp(z)'s power series until they fall below the precision wanted of exp(-z). */
function seriesLength(exponent: number): number {
  let terms = 1;
  for (let term = 1; term > SERIES_PRECISION; terms++) term *= exponent / terms;
  return terms;
}

/**
 * The rows' sums of shares times powers of the support vectors' values, each column's values brought to at most 1.
 * @returns for each order float32 [numRows, width]
 */
async function momentsOf(
  support: Support,
  values: Float32Array,
  reaches: readonly number[],
  numRows: number,
  terms: number,
): Promise<Float32Array[]> {
  const count = support.rows.length;
  const width = reaches.length;
  const shares = tf.tensor2d(support.shares, [numRows, count]);
  const units = tf.tensor2d(
    values.map((value, at) => value / (reaches[at % width] || 1)),
    [count, width],
  );
  const moments: Float32Array[] = [];
  let powers: tf.Tensor2D = tf.onesLike(units);
  try {
    for (let order = 0; order < terms; order++) {
      const product = tf.matMul(shares, powers);
      moments.push(await product.data<"float32">());
      product.dispose();
      const next: tf.Tensor2D = tf.mul(powers, units);
      powers.dispose();
      powers = next;
    }
  } finally {
    tf.dispose([shares, units, powers]);
  }
  return moments;
}
