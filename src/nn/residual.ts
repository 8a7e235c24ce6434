import { tf } from "../engine/tf.js";
import { reluOfSum } from "./activations.js";
import type { Layer } from "./layer.js";
import { wantsAny } from "./layer.js";

/** relu(body(x) + shortcut(x)); without a shortcut layer x itself is added. Entries: body's, then shortcut's. */
export function residual(body: Layer, shortcut: Layer | undefined): Layer {
  return {
    entries: [...body.entries, ...(shortcut?.entries ?? [])],
    forward(x, pass) {
      const main = body.forward(x, pass);
      const side = shortcut?.forward(x, pass);
      const activation = reluOfSum(main.output, side?.output ?? x, pass);
      // Both branches end in a normalisation, whose gradient does not read its output.
      for (const branch of [main, side]) if (branch && !branch.needsOutput) branch.output.dispose();
      return {
        output: activation.output,
        needsInput: true,
        needsOutput: true,
        backward(dy, sink, needInputGradient) {
          const wantsBody = wantsAny(sink, body.entries);
          const wantsSide = shortcut !== undefined && wantsAny(sink, shortcut.entries);
          if (!needInputGradient && !wantsBody && !wantsSide) return undefined;
          const dSum = activation.backward(dy, sink, true);
          if (!dSum) throw new Error("relu gave no gradient.");
          const dMain = main.backward(dSum, sink, needInputGradient);
          const dSide = side ? side.backward(dSum, sink, needInputGradient) : dSum;
          const dx = dMain && dSide ? tf.add(dMain, dSide) : undefined;
          for (const t of new Set([dSum, dMain, dSide])) t?.dispose();
          return dx;
        },
        dispose() {
          activation.dispose();
          main.dispose();
          side?.dispose();
        },
      };
    },
  };
}
