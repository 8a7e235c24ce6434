/** P(label 1) = 1 / (1 + exp(-(slope * decision + offset))). */
export interface Sigmoid {
  /** At least 0: a higher decision value never means a lower probability. */
  readonly slope: number;
  readonly offset: number;
}

/** P(label 1) of a decision value. */
export const probability = ({ slope, offset }: Sigmoid, decision: number): number =>
  1 / (1 + Math.exp(-(slope * decision + offset)));

/**
 * Platt's sigmoid: maximum likelihood with slightly softened labels, by Newton steps (Lin, Lin, Weng 2007). Where
 * decision values and labels disagree the slope is 0, and every probability the share of label 1.
 * @param decisions [count], decision values; labels uint8 [count]
 */
export function fitSigmoid(decisions: ArrayLike<number>, labels: ArrayLike<number>): Sigmoid {
  const count = labels.length;
  let positives = 0;
  for (let i = 0; i < count; i++) positives += labels[i];
  const targets = [1 / (count - positives + 2), (positives + 1) / (positives + 2)];
  const evaluate = (sigmoid: Sigmoid) => likelihood(sigmoid, decisions, labels, targets);
  let sigmoid: Sigmoid = { slope: 0, offset: Math.log((positives + 1) / (count - positives + 1)) };
  const prior = sigmoid;
  let current = evaluate(sigmoid);
  for (let iteration = 0; iteration < 100; iteration++) {
    const { gradient, hessian } = current;
    if (Math.max(...gradient.map(Math.abs)) < 1e-8 * count) break;
    const [a, b, c] = hessian;
    const determinant = a * c - b * b;
    const step = [
      (c * gradient[0] - b * gradient[1]) / determinant,
      (a * gradient[1] - b * gradient[0]) / determinant,
    ];
    const promised = step[0] * gradient[0] + step[1] * gradient[1];
    let size = 1;
    let next = current;
    let moved = sigmoid;
    for (; size > 1e-10; size /= 2) {
      moved = { slope: sigmoid.slope - size * step[0], offset: sigmoid.offset - size * step[1] };
      next = evaluate(moved);
      if (next.value < current.value - 1e-4 * size * promised) break;
    }
    if (!(next.value < current.value)) break;
    sigmoid = moved;
    current = next;
  }
  return sigmoid.slope > 0 ? sigmoid : prior;
}

/** Negative log-likelihood, and its derivatives by slope and offset. */
function likelihood(
  { slope, offset }: Sigmoid,
  decisions: ArrayLike<number>,
  labels: ArrayLike<number>,
  targets: readonly number[],
) {
  let value = 0;
  const gradient: [number, number] = [0, 0];
  // A little on the diagonal keeps the matrix invertible, as in libsvm.
  const hessian: [number, number, number] = [1e-12, 0, 1e-12];
  for (let i = 0; i < labels.length; i++) {
    const z = slope * decisions[i] + offset;
    const p = 1 / (1 + Math.exp(-z));
    const target = targets[labels[i]];
    value += Math.max(z, 0) - target * z + Math.log1p(Math.exp(-Math.abs(z)));
    gradient[0] += (p - target) * decisions[i];
    gradient[1] += p - target;
    const curvature = p * (1 - p);
    hessian[0] += curvature * decisions[i] * decisions[i];
    hessian[1] += curvature * decisions[i];
    hessian[2] += curvature;
  }
  return { value, gradient, hessian };
}
