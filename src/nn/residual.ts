import { kernels } from "../engine/kernels/index.js";
import type { BatchNormSumRelu } from "./batch-norm-relu.js";
import type { Layer } from "./layer.js";
import { wantsAny } from "./layer.js";

interface Branches {
  readonly body: Layer;
  /** Ends the body, and joins it with the other branch. */
  readonly end: BatchNormSumRelu;
  /** Without one x itself is added. */
  readonly shortcut?: Layer;
}

/** relu(batch norm of body(x) + shortcut(x)). Entries: the body's, its end's, then the shortcut's. */
export function residual({ body, end, shortcut }: Branches): Layer {
  const ofBody = [...body.entries, ...end.entries];
  return {
    entries: [...ofBody, ...(shortcut?.entries ?? [])],
    forward(x, pass) {
      const main = body.forward(x, pass);
      const side = shortcut?.forward(x, pass);
      const joined = end.forward(main.output, side?.output ?? x, pass);
      if (!(pass.record && (joined.needsInput || main.needsOutput))) main.output.dispose();
      // The other branch ends in a normalisation too, whose gradient does not read its output.
      side?.output.dispose();
      return {
        output: joined.output,
        needsInput: true,
        needsOutput: true,
        backward(dy, sink, needInputGradient) {
          const wantsBody = wantsAny(sink, ofBody);
          const wantsSide = shortcut !== undefined && wantsAny(sink, shortcut.entries);
          if (!needInputGradient && !wantsBody && !wantsSide) return undefined;
          const joint = joined.backward(dy, sink, needInputGradient || wantsBody);
          const dMain = joint.x && main.backward(joint.x, sink, needInputGradient);
          joint.x?.dispose();
          const dSide = side ? side.backward(joint.addend, sink, needInputGradient) : joint.addend;
          const dx = dMain && dSide ? kernels().sum(dMain, dSide) : undefined;
          for (const t of new Set([joint.addend, dMain, dSide])) t?.dispose();
          return dx;
        },
        dispose() {
          joined.dispose();
          main.dispose();
          side?.dispose();
        },
      };
    },
  };
}
