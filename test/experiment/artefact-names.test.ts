import { describe, expect, test } from "vitest";
import { artefactPaths } from "../../src/experiment/artefact-names.js";
import type { RawFlags } from "../../src/experiment/flags/flags.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { pythonFloat, pythonNumber } from "../../src/python-number.js";

const paths = (raw: RawFlags = {}) => artefactPaths(parseRunConfig({ retrain: true, ...raw }));

describe("stems of the original", () => {
  const named = paths({ eps: "8", pr_sus: "50", pr_tgt: "0.1" });

  test("models, with the epochs of whichever base is meant", () => {
    expect(named.model(200)).toBe("saved_models/model_lc_CIFAR10_8_0.1_200_128.safetensors");
    expect(named.model(0)).toBe("saved_models/model_lc_CIFAR10_8_0.1_0_128.safetensors");
    expect(named.optimizer(10)).toBe("saved_models/optimizer_lc_CIFAR10_8_0.1_10_128.safetensors");
    expect(named.scheduler(10)).toBe("saved_models/scheduler_lc_CIFAR10_8_0.1_10_128.safetensors");
    expect(named.cleanModel).toBe("saved_models/clean_model_lc_CIFAR10_8_0.1_200.safetensors");
    expect(named.retrainedModel).toBe("saved_models/retrained_model_lc_CIFAR10_8_0.1_50_200.safetensors");
  });

  test("provenance", () => {
    expect(named.importantFeatures).toBe(
      "Training_Prov_Data/important_features_single_lc_CIFAR10_8_0.1_50_128_k_1.zarr",
    );
    expect(named.increments).toBe(
      "Training_Prov_Data/single_lc_CIFAR10_8_0.1_50_128_10_200_sample_level_idv_k_1_aug_z_1.zarr",
    );
    expect(named.indexesToExclude).toBe("Training_Prov_Data/indexes_to_exclude_lc_CIFAR10_8_0.1_50.npy");
  });

  test("results", () => {
    expect(named.resultsCsv).toBe("results/lc_CIFAR10_8_0.1_50/results.csv");
    expect(named.configJson).toBe("results/lc_CIFAR10_8_0.1_50/config.json");
    expect(paths({ exp: "demo", figure_path: "/tmp/r" }).resultsDir).toBe("/tmp/r/demo");
  });

  test("a whole ratio keeps its point, a whole percentage has none", () => {
    expect(paths({ pr_tgt: "1", pr_sus: "100" }).resultsDir).toBe("results/lc_CIFAR10_16_1.0_100");
    expect(paths({ pr_tgt: "0.50", pr_sus: "12.5", eps: "4.0" }).resultsDir).toBe(
      "results/lc_CIFAR10_4_0.5_12.5",
    );
  });

  test("another cut of the features is another file", () => {
    expect(paths({ k_1: "1.5" }).importantFeatures).toContain("_k_1.5.zarr");
  });
});

test("a clean model is saved under its own stem", () => {
  expect(paths({ clean_model_path: "/m/a_clean.pth" }).cleanModelToWrite).toBe("/m/a_clean.safetensors");
  expect(paths({ clean_model_path: "/m/a_0.5" }).cleanModelToWrite).toBe("/m/a_0.5.safetensors");
});

describe("numbers as Python prints them", () => {
  // Left: what repr() gives for the float on the right.
  const printed: readonly [string, number][] = [
    ["0.1", 0.1],
    ["1.0", 1],
    ["0.0", 0],
    ["-2.0", -2],
    ["0.0001", 0.0001],
    ["1e-05", 0.00001],
    ["1.5e-07", 1.5e-7],
    ["1e-10", 1e-10],
    ["123456789.5", 123456789.5],
    ["1000000000000000.0", 1e15],
    ["1e+16", 1e16],
    ["1.25e+22", 1.25e22],
    ["0.30000000000000004", 0.1 + 0.2],
  ];
  test.each(printed)("%s", (text, value) => {
    expect(pythonFloat(value)).toBe(text);
  });
  test("whole numbers have no point", () => {
    expect([8, 50, 12.5, 0.00001].map(pythonNumber)).toEqual(["8", "50", "12.5", "1e-05"]);
  });
});
