import type { tf } from "../engine/tf.js";
import type { GradientSink, Layer, Pass, Recorded } from "./layer.js";
import { wantsAny } from "./layer.js";

/** Layers in a row. */
export function sequential(layers: readonly Layer[]): Layer {
  const entries = layers.flatMap((layer) => layer.entries);
  return {
    entries,
    forward(x, pass) {
      const chain: Recorded[] = [];
      let input = x;
      for (const layer of layers) {
        const recorded = layer.forward(input, pass);
        const previous = chain.at(-1);
        if (previous && !keepsOutput(previous, recorded, pass)) previous.output.dispose();
        chain.push(recorded);
        input = recorded.output;
      }
      return chainRecord(layers, chain);
    },
  };
}

const keepsOutput = (of: Recorded, next: Recorded, pass: Pass): boolean =>
  pass.record && (of.needsOutput || next.needsInput);

function chainRecord(layers: readonly Layer[], chain: readonly Recorded[]): Recorded {
  const last = chain[chain.length - 1];
  return {
    output: last.output,
    needsInput: chain[0].needsInput,
    needsOutput: last.needsOutput,
    backward: (dy, sink, needInputGradient) => backwardChain(layers, chain, dy, sink, needInputGradient),
    dispose() {
      for (const recorded of chain) recorded.dispose();
    },
  };
}

/** Goes down the chain and stops below the lowest layer of which the sink wants something. */
function backwardChain(
  layers: readonly Layer[],
  chain: readonly Recorded[],
  dy: tf.Tensor,
  sink: GradientSink,
  needInputGradient: boolean,
): tf.Tensor | undefined {
  const lowest = needInputGradient ? 0 : layers.findIndex((layer) => wantsAny(sink, layer.entries));
  if (lowest < 0) return undefined;
  let gradient: tf.Tensor | undefined = dy;
  for (let i = chain.length - 1; i >= lowest; i--) {
    const needed = i > lowest || needInputGradient;
    const next: tf.Tensor | undefined = gradient && chain[i].backward(gradient, sink, needed);
    if (gradient !== dy) gradient?.dispose();
    chain[i].dispose();
    gradient = next;
  }
  return gradient;
}
