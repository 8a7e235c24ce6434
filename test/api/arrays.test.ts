import { beforeAll, expect, test } from "vitest";
import {
  createModel,
  lossAndGradients,
  predict,
  projectedGradientDescent,
  startEngine,
} from "../../src/index.js";

beforeAll(async () => {
  await startEngine({ engine: "wasm" });
});

test.each([Number.NaN, Number.NEGATIVE_INFINITY])(
  "an image with a value that is %d is refused",
  async (value) => {
    const model = createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2 });
    const images = { shape: [1, 8, 8, 3], data: new Float32Array(192).fill(0.5).with(100, value) };
    const normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
    const options = { eps: 0.1, alpha: 0.1, steps: 1, normalization };
    for (const using of [predict(model, images), projectedGradientDescent(model, images, [0], options)])
      await expect(using).rejects.toThrow(`Images are finite numbers, value 100 is ${value}.`);
    model.dispose();
  },
);

test.each([1.5, -1, 3, 2 ** 32, Number.NaN])("the label %d of three classes is refused", async (label) => {
  const model = createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2 });
  const images = { shape: [2, 8, 8, 3], data: new Float32Array(384) };
  const using = lossAndGradients(model, images, [2, label], { trainingMode: false });
  await expect(using).rejects.toThrow(`Labels are whole numbers from 0 to 2, label 1 is ${label}.`);
  model.dispose();
});
