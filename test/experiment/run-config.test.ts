import { describe, expect, test } from "vitest";
import { flagNames, flags } from "../../src/experiment/flags/flags.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";

describe("defaults", () => {
  const config = parseRunConfig({ poisoned_training: true });

  test("are those of the original", () => {
    expect(config).toMatchObject({
      prSus: 100,
      prTgt: 0.1,
      epBl: 10,
      epBlBase: 200,
      epSl: 10,
      epSlBase: 200,
      bsSl: 128,
      bsBl: 128,
      bs: 128,
      epochs: 200,
      eps: 16,
      vis: 255,
      targetClass: 2,
      sourceClass: 0,
      dataset: "CIFAR10",
      attack: "lc",
      model: "ResNet18",
      datasetDir: "./datasets/",
      cleanModelPath: "./saved_models/resnet18_200_clean.pth",
      savedModelsPath: "./saved_models/",
      globalSeed: 545,
      gpuId: 0,
      lr: 0.1,
      figurePath: "./results/",
      provPath: "./Training_Prov_Data/",
      scenario: "from_scratch",
      threshold: 0.5,
      cvModel: "RandomForest",
      groups: 5,
      opt: "sgd",
      thresholdType: "kmeans",
      k1: 1,
      k2: 0.0001,
      maxFeatures: 50000,
      engine: "auto",
      attackOpts: {},
    });
    expect([config.exp, config.limitPerClass]).toEqual([undefined, undefined]);
  });

  test("of switches are off, but for training mode", () => {
    expect(config).toMatchObject({
      poisonedTraining: true,
      cleanTraining: false,
      getResult: false,
      force: false,
      sampleFromTest: false,
      random: false,
      plan: false,
      trainingMode: true,
    });
  });

  test("every flag has a field", () => {
    expect(Object.keys(config)).toHaveLength(flagNames.length);
  });
});

test("--training_mode turns training mode off, as in the original, and its help says so", () => {
  expect(parseRunConfig({ retrain: true, training_mode: true }).trainingMode).toBe(false);
  expect(flags.training_mode.help).toContain("OFF");
});

test("numbers in the notations of the command line", () => {
  const config = parseRunConfig({
    retrain: true,
    pr_tgt: ".5",
    lr: "1e-3",
    k_2: "1E-5",
    pr_sus: "12.5",
    eps: "+8",
  });
  expect(config).toMatchObject({ prTgt: 0.5, lr: 0.001, k2: 0.00001, prSus: 12.5, eps: 8 });
});

test("attack options: the last of a name counts, numerals become numbers", () => {
  const { attackOpts } = parseRunConfig({
    retrain: true,
    attack_opt: ["alpha=1", "amplitude=add", "alpha=1.5"],
  });
  expect(attackOpts).toEqual({ alpha: 1.5, amplitude: "add" });
});

test("a configuration never changes", () => {
  const config = parseRunConfig({ retrain: true });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.attackOpts)).toBe(true);
});
