import { beforeAll, describe, expect, test } from "vitest";
import { imageTensor, labelTensor } from "../../src/api/arrays.js";
import { tf } from "../../src/engine/tf.js";
import { lossAndGradients, predict, startEngine } from "../../src/index.js";
import { vit } from "../../src/models/vit/vit.js";
import type { StateEntry } from "../../src/nn/state-entry.js";
import { batchGradients } from "../../src/training/gradients.js";
import { golden, goldenImages, goldenModel, maxAbsDifference } from "../golden.js";

type Probe =
  | { name: string; gradient?: undefined; probe_index: number[]; float64: { l2: number; probe: number[] } }
  /** Zero in exact arithmetic, as for the keys' bias, which shifts all of a query's scores alike. */
  | { name: string; gradient: 0 };
interface Forward {
  samples: number[];
  labels: number[];
  eval: { float64: { logits: number[][]; loss: number }; gradients: Probe[] };
}

const described = (entries: readonly StateEntry[]) => {
  let offset = 0;
  return entries.map(({ name, shape, size }) => {
    offset += size;
    return [name, shape, offset - size];
  });
};

describe("state dict has PyTorch's names, shapes, order and offsets", () => {
  test("B/16 at 224 pixels", () => {
    const expected = golden<{ name_shape_offset: unknown[] }>("state_dict_vit_b16");
    const shape = { patch: 16, width: 768, heads: 12, blocks: 12, hidden: 3072 };
    const { body, head } = vit(shape, [224, 224, 3], 10);
    expect(described([...body.entries, ...head.entries])).toEqual(expected.name_shape_offset);
  });

  test("the micro one", () => {
    const expected = golden<{ state_dict: { name: string; shape: number[]; offset: number }[] }>(
      "state_dict_vit_tiny",
    );
    const model = goldenModel("ViT-Micro", "state_dict_vit_tiny");
    expect(described(model.entries)).toEqual(
      expected.state_dict.map(({ name, shape, offset }) => [name, shape, offset]),
    );
    model.dispose();
  });

  test("images that are no whole number of patches are refused", () => {
    const shape = { patch: 16, width: 32, heads: 2, blocks: 1, hidden: 64 };
    expect(() => vit(shape, [40, 48, 3], 10)).toThrow(/patches of 16x16; 40x48/);
  });
});

describe.each(["auto", "wasm"] as const)("numbers of PyTorch, engine %s", (engine) => {
  const expected = golden<Forward>("forward_vit_tiny");
  beforeAll(async () => {
    await startEngine({ engine });
  });

  test("logits", async () => {
    const model = goldenModel("ViT-Micro", "state_dict_vit_tiny");
    const logits = await predict(model, goldenImages(expected.samples));
    expect(maxAbsDifference(logits.data, expected.eval.float64.logits.flat())).toBeLessThan(2e-5);
    model.dispose();
  });

  test("loss and gradients", async () => {
    const model = goldenModel("ViT-Micro", "state_dict_vit_tiny");
    const images = goldenImages(expected.samples);
    const result = await lossAndGradients(model, images, expected.labels, { trainingMode: false });
    expect(result.loss).toBeCloseTo(expected.eval.float64.loss, 5);
    expect([...result.gradients.keys()].sort()).toEqual(expected.eval.gradients.map((p) => p.name).sort());
    for (const probe of expected.eval.gradients) {
      const { data } = result.gradients.get(probe.name) ?? { data: new Float32Array() };
      const norm = Math.sqrt(data.reduce((sum, g) => sum + g * g, 0));
      if (probe.gradient === 0) {
        expect(norm, probe.name).toBeLessThan(1e-5);
        continue;
      }
      const probed = probe.probe_index.map((i) => data[i]);
      const { l2 } = probe.float64;
      expect(Math.abs(norm - l2) / l2, `${probe.name}: norm`).toBeLessThan(1e-5);
      expect(maxAbsDifference(probed, probe.float64.probe) / l2, `${probe.name}: elements`).toBeLessThan(
        1e-5,
      );
    }
    model.dispose();
  });
});

test("in training mode, with dropout, the engines agree, and differ from evaluation", async () => {
  const { samples, labels, eval: evaluated } = golden<Forward>("forward_vit_tiny");
  const step = async (engine: "auto" | "wasm" | "cpu") => {
    await startEngine({ engine });
    const model = goldenModel("ViT-Micro", "state_dict_vit_tiny");
    const given = goldenImages(samples);
    const [x, y] = [imageTensor(given), labelTensor(labels, given, model)];
    const { loss, gradients } = batchGradients(model, x, y, { training: true, dropoutSeed: 3 });
    const values = await Promise.all([...gradients.values()].map(async (g) => [...(await g.data())]));
    const result = { loss: (await loss.data())[0], gradients: values.flat() };
    tf.dispose([x, y, loss, ...gradients.values()]);
    model.dispose();
    return result;
  };
  const plain = await step("cpu");
  expect(Math.abs(plain.loss - evaluated.float64.loss)).toBeGreaterThan(1e-3);
  for (const engine of ["auto", "wasm"] as const) {
    const other = await step(engine);
    expect(other.loss).toBeCloseTo(plain.loss, 5);
    expect(maxAbsDifference(other.gradients, plain.gradients)).toBeLessThan(2e-5);
  }
});
