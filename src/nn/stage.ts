import type { Layer } from "./layer.js";

/**
 * The layer as it is, known by a name: a pass with `onStage` is shown its output. Networks name the places where their
 * activations are worth a look, such as the last block of each resolution.
 */
export function stage(name: string, layer: Layer): Layer {
  return {
    entries: layer.entries,
    forward(x, pass) {
      const recorded = layer.forward(x, pass);
      pass.onStage?.(name, recorded.output);
      return recorded;
    },
  };
}
