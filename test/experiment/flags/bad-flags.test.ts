import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.js";
import type { RawFlags } from "../../../src/experiment/flags/flags.js";
import { parseRunConfig } from "../../../src/experiment/run-config.js";

/** The error that flags lead to; a stage is given unless the flags name one. */
function refusal(raw: RawFlags): UserError {
  try {
    parseRunConfig({ poisoned_training: true, ...raw });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`Accepted: ${JSON.stringify(raw)}`);
}

test("a percentage for --pr_tgt gets the ratio it means", () => {
  expect(refusal({ pr_tgt: "10" }).hint).toContain("10 % is 0.1");
  expect(refusal({ pr_tgt: "-1" }).hint).not.toContain("%");
});

test.each<[RawFlags, string]>([
  [{ attack: "Narcissus" }, "--attack narcissus"],
  [{ model: "resnet-18" }, "--model ResNet18"],
  [{ model: "vit_micro" }, "--model ViT-Micro"],
  [{ dataset: "stl10" }, "--dataset slt10"],
  [{ dataset: "cifar" }, "--dataset CIFAR10"],
  [{ cv_model: "random_forest" }, "--cv_model RandomForest"],
  [{ opt: "Adm" }, "--opt adam"],
  [{ attack_opt: ["step=3"] }, "steps"],
  [{ pr_tgt: "10%" }, "--pr_tgt 0.1"],
  [{ pr_sus: "50 %" }, "--pr_sus 50"],
])("a value spelled differently gets the right one: %j", (raw, meant) => {
  expect(refusal(raw).hint).toContain(`Did you mean ${meant}?`);
});

test("a name that is close to none gets no guess", () => {
  for (const dataset of ["mnist", "", "---"]) expect(refusal({ dataset }).hint).not.toContain("Did you mean");
});

test("a number beyond what a computer counts exactly gets the bound", () => {
  const huge = "99999999999999999999";
  expect(refusal({ global_seed: huge }).message).toBe(
    `--global_seed: got "${huge}"; accepted: a whole number of at least 0, and at most 9007199254740991.`,
  );
  expect(parseRunConfig({ retrain: true, global_seed: "9007199254740991" }).globalSeed).toBe(2 ** 53 - 1);
  expect(refusal({ lr: "1e400" }).message).toContain("a number above 0, and at most 1.79e308");
});

test("all problems stand in one message, combinations included", () => {
  const { message } = refusal({ pr_tgt: "10", bs: "0", target_class: "10", attack_opt: ["step=3"] });
  expect(message).toMatch(/^4 problems with the flags:/);
  expect(message).toContain('--pr_tgt: got "10"');
  expect(message).toContain("10 % is 0.1");
  expect(message).toContain('--bs: got "0"');
  expect(message).toContain('--target_class: got "10"; CIFAR10 has the classes 0 to 9.');
  expect(message).toContain('--attack_opt step: the attack "lc" has no such option.');
});

describe("flags that are fine alone and not together", () => {
  const combinations: readonly [string, RawFlags, RegExp][] = [
    ["no stage", { poisoned_training: false }, /^No stage given/],
    [
      "get_result without training",
      { poisoned_training: false, score_samples: true, get_result: true },
      /--get_result/,
    ],
    ["get_result and force", { get_result: true, force: true }, /exclude each other/],
    [
      "a class the dataset lacks",
      { target_class: "10" },
      /--target_class: got "10"; CIFAR10 has the classes 0 to 9/,
    ],
    ["imagenet has 100", { dataset: "imagenet", target_class: "100" }, /imagenet has the classes 0 to 99/],
    ["source is target", { attack: "sa", source_class: "2" }, /both 2/],
    ["source is target, ht", { attack: "ht", source_class: "3", target_class: "3" }, /both 3/],
    ["source out of range", { attack: "ht", source_class: "12" }, /--source_class: got "12"/],
    ["ViT from scratch", { model: "ViT" }, /ViT with --scenario from_scratch/],
    [
      "an attack on a dataset it is not made for",
      { attack: "narcissus", dataset: "slt10" },
      /--attack narcissus is not made for --dataset slt10/,
    ],
    ["an option of another attack", { attack: "ht", attack_opt: ["alpha=1"] }, /"ht" has no such option/],
    ["a count that is none", { attack_opt: ["steps=1.5"] }, /steps=1.5: not a positive whole number/],
    [
      "a word that is none of the option's",
      { attack: "ht", attack_opt: ["pairing=best"] },
      /pairing=best: not one of/,
    ],
    ["quiet and verbose", { quiet: true, verbose: true }, /--quiet and --verbose exclude each other/],
    ["custom threshold of 1", { threshold_type: "custom", threshold: "1" }, /nothing could ever be excluded/],
  ];
  test.each(combinations)("%s", (_, raw, message) => {
    expect(refusal(raw).message).toMatch(message);
  });

  test("no stage: the hint lists them", () => {
    const { hint } = refusal({ poisoned_training: false });
    expect(hint).toContain(
      "--clean_training --poisoned_training --batch_level --sample_level --score_samples --retrain",
    );
  });

  test("lc has no source class to compare", () => {
    expect(parseRunConfig({ retrain: true, target_class: "0" }).targetClass).toBe(0);
  });
});
