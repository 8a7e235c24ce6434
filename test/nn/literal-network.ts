/** By entry name, PyTorch's layout. */
export type Weights = Map<string, Float64Array>;

/** Masks of the units and winners of the windows, in the order of the layers. */
type Gates = readonly (readonly number[])[];

interface LiteralResult {
  /** Mean cross-entropy. */
  readonly loss: number;
  /** [N * 3] */
  readonly logits: number[];
  readonly gates: Gates;
}

const side = 6;
const pooledSide = 3;
const channels = 4;

/**
 * The small network of the gate tests, written out in float64: convolution 2 -> 4, relu, max pool 3/2 with padding,
 * residual convolution with batch norm (running statistics), flatten (channel, row, column), linear 36 -> 8, leaky relu 0.1, linear 8 -> 3.
 * @param x [N, 6, 6, 2]
 * @param fixed gates to use instead of those of these weights
 */
export function literalLoss(
  x: Float64Array,
  labels: readonly number[],
  weights: Weights,
  fixed?: Gates,
): LiteralResult {
  const gates: number[][] = [];
  let used = 0;
  const gate = (own: number[]): readonly number[] => {
    gates.push(own);
    return fixed?.[used++] ?? own;
  };
  const of = (name: string): Float64Array => weights.get(name) ?? new Float64Array();
  const positive = (values: readonly number[]) => values.map((value) => (value > 0 ? 1 : 0));
  const through = (values: readonly number[], slope: number) => {
    const mask = gate(positive(values));
    return values.map((value, i) => value * (mask[i] === 1 ? 1 : slope));
  };

  const n = labels.length;
  const first = through(convolve(x, n, side, 2, of("first.weight"), of("first.bias")), 0);
  const winners = gate(windowWinners(first, n));
  const pooled = winners.map((winner) => first[winner]);
  const inner = convolve(pooled, n, pooledSide, channels, of("inner.weight"), of("inner.bias"));
  const [mean, variance] = [of("norm.running_mean"), of("norm.running_var")];
  const normalised = inner.map((value, i) => {
    const channel = i % channels;
    const deviation = Math.sqrt(variance[channel] + 1e-5);
    return ((value - mean[channel]) / deviation) * of("norm.weight")[channel] + of("norm.bias")[channel];
  });
  const summed = through(
    normalised.map((value, i) => value + pooled[i]),
    0,
  );
  const flat = channelFirst(summed, n);
  const hidden = through(affine(flat, n, of("hidden.weight"), of("hidden.bias")), 0.1);
  const logits = affine(hidden, n, of("last.weight"), of("last.bias"));
  const loss = labels.reduce((sum, label, row) => {
    const own = logits.slice(3 * row, 3 * row + 3);
    return sum + Math.log(own.reduce((s, z) => s + Math.exp(z), 0)) - own[label];
  }, 0);
  return { loss: loss / n, logits, gates };
}

/** 3x3, padding 1, to `channels` channels. */
function convolve(
  x: ArrayLike<number>,
  n: number,
  size: number,
  inputs: number,
  weight: Float64Array,
  bias: Float64Array,
): number[] {
  const result: number[] = [];
  for (let b = 0; b < n; b++)
    for (let r = 0; r < size; r++)
      for (let c = 0; c < size; c++)
        for (let out = 0; out < channels; out++) {
          let sum = bias[out];
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const [row, column] = [r + i - 1, c + j - 1];
              if (row < 0 || column < 0 || row >= size || column >= size) continue;
              for (let input = 0; input < inputs; input++)
                sum +=
                  x[((b * size + row) * size + column) * inputs + input] *
                  weight[((out * inputs + input) * 3 + i) * 3 + j];
            }
          result.push(sum);
        }
  return result;
}

/** Index of the largest value of each 3x3 window, stride 2, padding 1. */
function windowWinners(x: readonly number[], n: number): number[] {
  const winners: number[] = [];
  for (let b = 0; b < n; b++)
    for (let r = 0; r < pooledSide; r++)
      for (let c = 0; c < pooledSide; c++)
        for (let channel = 0; channel < channels; channel++) {
          let best = -1;
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const [row, column] = [2 * r + i - 1, 2 * c + j - 1];
              if (row < 0 || column < 0 || row >= side || column >= side) continue;
              const at = ((b * side + row) * side + column) * channels + channel;
              if (best < 0 || x[at] > x[best]) best = at;
            }
          winners.push(best);
        }
  return winners;
}

/** [N, 3, 3, C] -> [N, C * 3 * 3] */
function channelFirst(x: readonly number[], n: number): number[] {
  const result: number[] = [];
  const positions = pooledSide * pooledSide;
  for (let b = 0; b < n; b++)
    for (let channel = 0; channel < channels; channel++)
      for (let position = 0; position < positions; position++)
        result.push(x[(b * positions + position) * channels + channel]);
  return result;
}

function affine(x: readonly number[], n: number, weight: Float64Array, bias: Float64Array): number[] {
  const inputs = x.length / n;
  return Array.from({ length: n * bias.length }, (_, at) => {
    const [row, output] = [Math.floor(at / bias.length), at % bias.length];
    let sum = bias[output];
    for (let i = 0; i < inputs; i++) sum += x[row * inputs + i] * weight[output * inputs + i];
    return sum;
  });
}
