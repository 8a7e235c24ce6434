import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { batchDifferences, sampleIncrements, selectFeatures, startEngine } from "../../src/index.js";
import { trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { golden, goldenImages, goldenModel, maxAbsDifference } from "../golden.js";

interface SampleLevel {
  label: number;
  samples: number[];
  roles: string[];
  features: number[];
  sgd_train: Run;
  sgd_eval: Run;
  adam_train: Run;
}
interface Run {
  float64: { increments: number[][]; sus_diff: number[][]; clean_diff: number[][] };
}
interface BatchLevel {
  target_label: number;
  image_size: number;
  lr: number;
  batches: { samples: number[]; labels: number[]; suspect: number[]; clean_1: number[]; clean_2: number[] }[];
  features: number[];
  cases: {
    all_train_plain_sgd: {
      sus_max: number[];
      clean_max: number[];
      differences: number[];
      z: number[];
      selected_count: number;
      top50_feature: number[];
      top50_z: number[];
    };
  };
}

beforeAll(async () => {
  await startEngine();
});

describe("sample level", () => {
  const expected = golden<SampleLevel>("sample_level");

  test.each([
    ["sgd_train", "sgd", 0.1, true],
    ["sgd_eval", "sgd", 0.1, false],
    ["adam_train", "adam", 0.001, true],
  ] as const)("increments, %s", async (name, optimizer, _rate, trainingMode) => {
    const run = expected[name] as Run & { lr?: number };
    const learningRate = run.lr ?? _rate;
    const model = goldenModel("ResNet18", "state_dict_resnet18_w8", 8);
    const labels = expected.samples.map(() => expected.label);
    const rows = await sampleIncrements(model, goldenImages(expected.samples), labels, expected.features, {
      optimizer,
      learningRate,
      trainingMode,
    });
    expect(rows.shape).toEqual([expected.samples.length, expected.features.length]);
    expect(maxAbsDifference(rows.data, run.float64.increments.flat())).toBeLessThan(
      optimizer === "adam" ? 2e-5 : 4e-6,
    );
    model.dispose();
  });
});

describe("batch level", () => {
  const expected = golden<BatchLevel>("batch_level");
  const settings = { optimizer: "sgd", learningRate: expected.lr, trainingMode: true } as const;

  test("maxima, differences and selection over two batches with a main step between", async () => {
    const model = goldenModel("ResNet18", "state_dict_resnet18_w8", 8);
    const main = sgd({ learningRate: expected.lr });
    const suspect = new Float32Array(model.stateSize);
    const clean = new Float32Array(model.stateSize);
    for (const batch of expected.batches) {
      const group = (samples: number[]) => ({
        images: goldenImages(samples, expected.image_size),
        labels: samples.map(() => expected.target_label),
      });
      const found = await batchDifferences(
        model,
        { suspect: group(batch.suspect), clean1: group(batch.clean_1), clean2: group(batch.clean_2) },
        settings,
      );
      for (let i = 0; i < suspect.length; i++) {
        suspect[i] = Math.max(suspect[i], found.suspect[i]);
        clean[i] = Math.max(clean[i], found.clean[i]);
      }
      const all = goldenImages(batch.samples, expected.image_size);
      const x = tf.tensor4d(all.data, all.shape as [number, number, number, number]);
      const y = tf.tensor1d(batch.labels, "int32");
      trainStep(model, x, y, main, { training: true }).dispose();
      tf.dispose([x, y]);
    }
    const { differences, z, features } = selectFeatures({ suspect, clean }, 1);
    const reference = expected.cases.all_train_plain_sgd;
    const at = (values: Float32Array) => expected.features.map((feature) => values[feature]);
    expect(maxAbsDifference(at(suspect), reference.sus_max)).toBeLessThan(3e-6);
    expect(maxAbsDifference(at(clean), reference.clean_max)).toBeLessThan(3e-6);
    expect(maxAbsDifference(at(differences), reference.differences)).toBeLessThan(3e-6);
    expect(maxAbsDifference(at(z), reference.z)).toBeLessThan(5e-3);
    expect(features.length).toBe(reference.selected_count);
    expect(
      maxAbsDifference(
        reference.top50_feature.map((f) => z[f]),
        reference.top50_z,
      ),
    ).toBeLessThan(5e-3);
    main.dispose();
    model.dispose();
  });
});
