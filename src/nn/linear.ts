import { tf } from "../engine/tf.js";
import type { GradientSink, Layer } from "./layer.js";
import { StateEntry } from "./state-entry.js";

/** Linear: float32 [N, inputs] -> [N, outputs]. */
export function linear(name: string, inputs: number, outputs: number): Layer {
  const weight = new StateEntry(`${name}.weight`, "parameter", [outputs, inputs]);
  const bias = new StateEntry(`${name}.bias`, "parameter", [outputs]);
  return {
    entries: [weight, bias],
    forward(x) {
      const input = x as tf.Tensor2D;
      const output = tf.tidy(() => tf.add(tf.matMul(input, weight.value as tf.Tensor2D), bias.value));
      return {
        output,
        needsInput: true,
        needsOutput: false,
        backward(gradient, sink, needInputGradient) {
          const dy = gradient as tf.Tensor2D;
          if (sink.wants(weight)) sink.put(weight, weightGradient(input, dy, sink, weight));
          if (sink.wants(bias)) sink.put(bias, biasGradient(dy, sink, bias));
          return needInputGradient ? tf.matMul(dy, weight.value as tf.Tensor2D, false, true) : undefined;
        },
        dispose: () => output.dispose(),
      };
    },
  };
}

function weightGradient(x: tf.Tensor2D, dy: tf.Tensor2D, sink: GradientSink, weight: StateEntry): tf.Tensor {
  if (sink.mode === "batch") return tf.matMul(x, dy, true, false);
  const outputs = dy.shape[1];
  const elements = sink.elements(weight);
  const pick = (t: tf.Tensor2D, channels: Int32Array) => tf.gather(t, tf.tensor1d(channels, "int32"), 1);
  return tf.tidy(() =>
    tf.mul(
      pick(
        x,
        elements.map((element) => Math.floor(element / outputs)),
      ),
      pick(
        dy,
        elements.map((element) => element % outputs),
      ),
    ),
  );
}

function biasGradient(dy: tf.Tensor2D, sink: GradientSink, bias: StateEntry): tf.Tensor {
  if (sink.mode === "batch") return tf.sum(dy, 0);
  return tf.tidy(() => tf.gather(dy, tf.tensor1d(sink.elements(bias), "int32"), 1));
}
