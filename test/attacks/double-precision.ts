/**
 * A network of two convolutions in float64 and plain loops: convolution 3x3 with padding, batch norm with running
 * statistics, relu, convolution 3x3, relu, mean over positions, linear. Its gradients are written out by hand.
 */
export interface Weights {
  /** [3, 3, in, out] */
  readonly conv1: Float64Array;
  /** [out] each */
  readonly scale: Float64Array;
  readonly offset: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly conv2: Float64Array;
  /** [in, out] */
  readonly head: Float64Array;
  readonly headBias: Float64Array;
}

export interface Shape {
  readonly side: number;
  readonly channels: number;
  readonly hidden: number;
  readonly classes: number;
}

export type Gradients = Record<"conv1" | "scale" | "offset" | "conv2" | "head" | "headBias", Float64Array>;

/** Calls back for every product that a 3x3 convolution with padding 1 adds up. */
function eachProduct(
  side: number,
  inputs: number,
  outputs: number,
  use: (from: number, weight: number, to: number) => void,
): void {
  for (let r = 0; r < side; r++)
    for (let c = 0; c < side; c++)
      for (let i = 0; i < 9; i++) {
        const [row, column] = [r + Math.floor(i / 3) - 1, c + (i % 3) - 1];
        if (row < 0 || column < 0 || row >= side || column >= side) continue;
        for (let ci = 0; ci < inputs; ci++)
          for (let co = 0; co < outputs; co++)
            use(
              (row * side + column) * inputs + ci,
              (i * inputs + ci) * outputs + co,
              (r * side + c) * outputs + co,
            );
      }
}

/** Gradient of one image's cross-entropy, added to `sum` times `share`. @param x float64 [side, side, channels], normalised */
function addGradients(
  sum: Gradients,
  share: number,
  w: Weights,
  { side, channels, hidden, classes }: Shape,
  x: Float64Array,
  label: number,
): void {
  const size = side * side * hidden;
  const z1 = new Float64Array(size);
  eachProduct(side, channels, hidden, (from, weight, to) => {
    z1[to] += x[from] * w.conv1[weight];
  });
  const normal = z1.map((z, i) => (z - w.mean[i % hidden]) / Math.sqrt(w.variance[i % hidden] + 1e-5));
  const a1 = normal.map((n, i) => Math.max(0, w.scale[i % hidden] * n + w.offset[i % hidden]));
  const z2 = new Float64Array(size);
  eachProduct(side, hidden, hidden, (from, weight, to) => {
    z2[to] += a1[from] * w.conv2[weight];
  });
  const pooled = new Float64Array(hidden);
  z2.forEach((z, i) => {
    pooled[i % hidden] += Math.max(0, z) / (side * side);
  });
  const logits = Float64Array.from({ length: classes }, (_, k) =>
    pooled.reduce((total, p, h) => total + p * w.head[h * classes + k], w.headBias[k]),
  );
  const exps = logits.map((z) => Math.exp(z - Math.max(...logits)));
  const total = exps.reduce((a, b) => a + b);
  const dLogits = exps.map((e, k) => share * (e / total - (k === label ? 1 : 0)));
  dLogits.forEach((d, k) => {
    sum.headBias[k] += d;
    pooled.forEach((p, h) => {
      sum.head[h * classes + k] += p * d;
    });
  });
  const dPooled = pooled.map((_, h) =>
    dLogits.reduce((total, d, k) => total + d * w.head[h * classes + k], 0),
  );
  const dz2 = z2.map((z, i) => (z > 0 ? dPooled[i % hidden] / (side * side) : 0));
  const da1 = new Float64Array(size);
  eachProduct(side, hidden, hidden, (from, weight, to) => {
    sum.conv2[weight] += a1[from] * dz2[to];
    da1[from] += w.conv2[weight] * dz2[to];
  });
  const dz1 = da1.map((d, i) => {
    if (a1[i] <= 0) return 0;
    sum.scale[i % hidden] += d * normal[i];
    sum.offset[i % hidden] += d;
    return (d * w.scale[i % hidden]) / Math.sqrt(w.variance[i % hidden] + 1e-5);
  });
  eachProduct(side, channels, hidden, (from, weight, to) => {
    sum.conv1[weight] += x[from] * dz1[to];
  });
}

/** Gradient of the images' mean cross-entropy. @param images float64 [N, side, side, channels], normalised */
export function meanGradients(
  w: Weights,
  shape: Shape,
  images: Float64Array,
  labels: readonly number[],
): Gradients {
  const zeros = (of: Float64Array) => new Float64Array(of.length);
  const sum: Gradients = {
    conv1: zeros(w.conv1),
    scale: zeros(w.scale),
    offset: zeros(w.offset),
    conv2: zeros(w.conv2),
    head: zeros(w.head),
    headBias: zeros(w.headBias),
  };
  const size = images.length / labels.length;
  labels.forEach((label, n) => {
    addGradients(sum, 1 / labels.length, w, shape, images.subarray(n * size, (n + 1) * size), label);
  });
  return sum;
}

/** 1 - cosine of the angle between two gradients. */
export function distance(a: Gradients, b: Gradients): number {
  const product = (p: Gradients, q: Gradients) =>
    (Object.keys(p) as (keyof Gradients)[]).reduce(
      (sum, name) => sum + p[name].reduce((part, value, i) => part + value * q[name][i], 0),
      0,
    );
  return 1 - product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
