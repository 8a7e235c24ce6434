import { beforeAll, expect, test } from "vitest";
import {
  lossAndGradients,
  type NumericArray,
  projectedGradientDescent,
  startEngine,
} from "../../../src/index.js";
import { golden, goldenImages, goldenModel, maxAbsDifference } from "../../golden.js";

interface Golden {
  samples: number[];
  labels: number[];
  eps: number;
  alpha: number;
  probe_index: number[];
  float64: {
    loss_after_step: number[];
    linf_after_step: number[];
    probe_after_5: number[];
    probe_after_8: number[];
  };
}
const expected = golden<Golden>("pgd");
const unchanged = { mean: [0, 0, 0], std: [1, 1, 1] };

beforeAll(async () => {
  await startEngine();
});

/** The golden probes count elements of [N, C, H, W]. */
const fromNchw = (index: number): number => {
  const [n, rest] = [Math.floor(index / 3072), index % 3072];
  return n * 3072 + (rest % 1024) * 3 + Math.floor(rest / 1024);
};

function start(): NumericArray {
  const { shape, data } = goldenImages(expected.samples);
  return { shape, data: data.map((x) => (x + 1) / 2) };
}

test.each([5, 8] as const)("%i steps agree with PyTorch: pixels, distance, loss", async (steps) => {
  const model = goldenModel("ResNet18", "state_dict_resnet18_w8", 8);
  const images = start();
  const { eps, alpha, labels } = expected;
  const result = await projectedGradientDescent(model, images, labels, {
    eps,
    alpha,
    steps,
    normalization: unchanged,
  });
  const probes = expected.probe_index.map((index) => result.data[fromNchw(index)]);
  expect(maxAbsDifference(probes, expected.float64[`probe_after_${steps}`])).toBeLessThan(1e-5);
  expect(maxAbsDifference(result.data, images.data)).toBeCloseTo(expected.float64.linf_after_step[steps], 5);
  const { loss } = await lossAndGradients(model, result, labels, { trainingMode: false });
  expect(loss).toBeCloseTo(expected.float64.loss_after_step[steps], 4);
  model.dispose();
});
