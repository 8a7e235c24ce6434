import type { tf } from "../engine/tf.js";
import type { Layer, Recorded } from "./layer.js";

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
      return pass.changeStage ? changed(recorded, pass.changeStage(recorded.output)) : recorded;
    },
  };
}

function changed(recorded: Recorded, output: tf.Tensor): Recorded {
  recorded.dispose();
  return {
    output,
    needsInput: false,
    needsOutput: false,
    backward: () => {
      throw new Error("A pass whose stages are changed cannot be gone back.");
    },
    dispose: () => output.dispose(),
  };
}
