import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import type { Layer, Pass, Recorded } from "./layer.js";

/** max(x, 0), any shape. */
export const relu: Layer = {
  entries: [],
  forward(x, pass) {
    const [frozen] = pass.gates?.next() ?? [];
    const output = frozen ? kernels().reluGradient(x, frozen) : tf.relu(x);
    if (!frozen) pass.gates?.record([output]);
    const gate = frozen ?? output;
    return elementwise(output, frozen === undefined, (dy) => kernels().reluGradient(dy, gate));
  },
};

/** max(a + b, 0), of one shape; `backward` gives the sum's gradient. */
export function reluOfSum(a: tf.Tensor, b: tf.Tensor, pass: Pass): Recorded {
  if (!pass.gates) {
    const output = kernels().reluOfSum(a, b);
    return elementwise(output, true, (dy) => kernels().reluGradient(dy, output));
  }
  const sum = tf.add(a, b);
  const recorded = relu.forward(sum, pass);
  sum.dispose();
  return recorded;
}

/** x where x > 0, else slope * x, any shape. */
export function leakyRelu(slope: number): Layer {
  return {
    entries: [],
    forward(x, pass) {
      const [frozen] = pass.gates?.next() ?? [];
      const output = frozen ? throughLeaky(x, frozen, slope) : tf.leakyRelu(x, slope);
      if (!frozen) pass.gates?.record([output]);
      const gate = frozen ?? output;
      return elementwise(output, frozen === undefined, (dy) => throughLeaky(dy, gate, slope));
    },
  };
}

/** t where gate > 0, else slope * t. */
const throughLeaky = (t: tf.Tensor, gate: tf.Tensor, slope: number): tf.Tensor =>
  tf.tidy(() => tf.mul(t, tf.add(tf.mul(tf.step(gate), 1 - slope), slope)));

const elementwise = (
  output: tf.Tensor,
  needsOutput: boolean,
  gradient: (dy: tf.Tensor) => tf.Tensor,
): Recorded => ({
  output,
  needsInput: false,
  needsOutput,
  backward: (dy, _sink, needInputGradient) => (needInputGradient ? gradient(dy) : undefined),
  dispose: () => output.dispose(),
});
