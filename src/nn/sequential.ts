import type { tf } from "../engine/tf.js";
import type { GradientSink, Layer, Pass, Recorded } from "./layer.js";
import { wantsAny } from "./layer.js";

/** Layers in a row. */
export function sequential(layers: readonly Layer[]): Layer {
  const entries = layers.flatMap((layer) => layer.entries);
  return {
    entries,
    forward(x, pass) {
      const lowest = lowestRecorded(layers, pass);
      const chain: Recorded[] = [];
      let input = x;
      layers.forEach((layer, i) => {
        const recorded = layer.forward(input, passOf(pass, i, lowest));
        const previous = chain.at(-1);
        const isRead = (i > lowest && previous?.needsOutput) || (i >= lowest && recorded.needsInput);
        if (!isRead) previous?.output.dispose();
        chain.push(recorded);
        input = recorded.output;
      });
      return chainRecord(layers, chain, lowest === 0);
    },
  };
}

/** The lowest layer whose backward pass will run; the number of layers when none will. */
function lowestRecorded(layers: readonly Layer[], { record, wanted }: Pass): number {
  if (!record) return layers.length;
  if (!wanted) return 0;
  const lowest = layers.findIndex((layer) => layer.entries.some(wanted));
  return lowest < 0 ? layers.length : lowest;
}

/** Nothing is recorded below the lowest layer, and all above it give their input's gradient. */
function passOf(pass: Pass, layer: number, lowest: number): Pass {
  if (layer === lowest) return pass;
  return layer < lowest ? { ...pass, record: false } : { ...pass, wanted: undefined };
}

function chainRecord(layers: readonly Layer[], chain: readonly Recorded[], recordsFirst: boolean): Recorded {
  const last = chain[chain.length - 1];
  return {
    output: last.output,
    needsInput: recordsFirst && chain[0].needsInput,
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
