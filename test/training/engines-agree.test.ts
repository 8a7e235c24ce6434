import { beforeAll, describe, expect, test } from "vitest";
import { noAugmentation } from "../../src/datasets/augmentation.js";
import type { EngineName } from "../../src/engine/engine.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { batchGradients, trainStep } from "../../src/training/gradients.js";
import { createOptimizer } from "../../src/training/optimizer.js";
import { batchTensors } from "../../src/training/train.js";
import { relativeDifference } from "./relative-difference.js";
import { tinyData, tinyModel } from "./tiny-training.js";

interface Step {
  readonly loss: number;
  /** By parameter, in the engine's own layout, which all engines share. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: ReadonlyMap<string, { data: ArrayLike<number> }>;
}

/** Loss, gradients and the state after one SGD step from the same weights on the same batch. */
async function oneStep(engine: EngineName): Promise<Step> {
  await startEngine({ engine });
  const model = tinyModel();
  const data = tinyData();
  const { images, labels } = batchTensors(data, data.ids.slice(0, 8), noAugmentation);
  const found = batchGradients(model, images, labels, { training: true });
  const gradients = new Map<string, Float32Array>();
  for (const [entry, gradient] of found.gradients) {
    gradients.set(entry.name, Float32Array.from(await gradient.data()));
  }
  const optimizer = createOptimizer("sgd", 0.1);
  const loss = trainStep(model, images, labels, optimizer, { training: true });
  const result = { loss: (await loss.data())[0], gradients, state: await model.stateDict() };
  tf.dispose([images, labels, loss, found.loss, ...found.gradients.values(), ...found.statistics.values()]);
  model.dispose();
  optimizer.dispose();
  return result;
}

// webgpu's steps are compared in test/engine/webgpu.
describe.each(["tensorflow", "wasm"] as const)(
  "%s does the same training step as plain JavaScript",
  (engine) => {
    let step: Step | undefined;
    let plain: Step;
    beforeAll(async () => {
      step = await oneStep(engine).catch(() => undefined);
      plain = await oneStep("cpu");
    });

    test("loss, every gradient, every weight and running statistic", (context) => {
      if (step === undefined) return context.skip(`${engine} does not work here`);
      expect(Math.abs(step.loss - plain.loss)).toBeLessThan(1e-5);
      expect([...step.gradients.keys()]).toEqual([...plain.gradients.keys()]);
      for (const [name, gradient] of plain.gradients) {
        const other = step.gradients.get(name) ?? [];
        expect([name, relativeDifference(gradient, other) < 1e-4]).toEqual([name, true]);
      }
      for (const [name, { data }] of plain.state) {
        const other = step.state.get(name)?.data ?? [];
        expect([name, relativeDifference(data, other) < 1e-5]).toEqual([name, true]);
      }
    });
  },
);
