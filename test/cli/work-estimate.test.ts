import { expect, test } from "vitest";
import { forwardFlops } from "../../src/cli/work-estimate.js";
import { modelChoice } from "../../src/config/names.js";
import { startEngine } from "../../src/engine/start.js";
import { createModel } from "../../src/models/registry.js";

/** Side of the output of a layer of a residual network for 32x32 images: every stage but the first halves it. */
function sideOf(name: string): number {
  if (name.startsWith("linear")) return 1;
  const stage = Number(/^layer(\d)/.exec(name)?.[1] ?? 1);
  return 32 / 2 ** (stage - 1);
}

test.each(modelChoice.supported)(
  "operations of one image through %s, counted from its weights",
  async (name) => {
    await startEngine({ engine: "cpu" });
    const model = createModel(name, { classes: 10, inputShape: [32, 32, 3] });
    let multiplications = 0;
    for (const [key, { shape, data }] of await model.stateDict()) {
      // Convolutions and the linear layer have matrices; batch norm has vectors.
      if (shape.length >= 2) multiplications += data.length * sideOf(key) ** 2;
    }
    model.dispose();
    const ratio = (2 * multiplications) / forwardFlops[name];
    expect(ratio).toBeGreaterThan(0.98);
    expect(ratio).toBeLessThan(1.02);
  },
);
