import { tf } from "../engine/tf.js";
import type { Layer } from "./layer.js";

/** x + body(x), nothing after the sum (a residual block that ends in relu is `residual`). */
export function skipConnection(body: Layer): Layer {
  return {
    entries: body.entries,
    forward(x, pass) {
      const main = body.forward(x, pass);
      const output = tf.add(x, main.output);
      if (!(pass.record && main.needsOutput)) main.output.dispose();
      return {
        output,
        needsInput: main.needsInput,
        needsOutput: false,
        backward(dy, sink, needInputGradient) {
          const dMain = main.backward(dy, sink, needInputGradient);
          const dx = dMain && tf.add(dy, dMain);
          dMain?.dispose();
          return dx;
        },
        dispose() {
          output.dispose();
          main.dispose();
        },
      };
    },
  };
}
