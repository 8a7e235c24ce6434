import { describe, expect, test } from "vitest";
import type { RawFlags } from "../../src/config/flags.js";
import { parseRunConfig } from "../../src/config/run-config.js";
import { UserError } from "../../src/errors.js";

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

const wholeFromOne = "a whole number of at least 1";
const wholeFromZero = "a whole number of at least 0";

describe("a value out of range names flag, value received and values accepted", () => {
  const badValues: readonly [keyof RawFlags, string, string][] = [
    ["pr_tgt", "0", "a ratio above 0 and at most 1"],
    ["pr_tgt", "-0.1", "a ratio above 0 and at most 1"],
    ["pr_tgt", "10", "a ratio above 0 and at most 1"],
    ["pr_tgt", "1e400", "a ratio above 0 and at most 1"],
    ["pr_tgt", "0,1", "a ratio above 0 and at most 1"],
    ["pr_tgt", "", "a ratio above 0 and at most 1"],
    ["pr_tgt", "NaN", "a ratio above 0 and at most 1"],
    ["pr_sus", "0", "a percentage above 0 and at most 100"],
    ["pr_sus", "101", "a percentage above 0 and at most 100"],
    ["pr_sus", "50%", "a percentage above 0 and at most 100"],
    ["eps", "-1", "a number from 0 to 255"],
    ["eps", "256", "a number from 0 to 255"],
    ["vis", "12.5", "a whole number from 0 to 255"],
    ["vis", "300", "a whole number from 0 to 255"],
    ["epochs", "0", wholeFromOne],
    ["epochs", "2.0", wholeFromOne],
    ["epochs", "0x10", wholeFromOne],
    ["epochs", "99999999999999999999", wholeFromOne],
    ["bs", "0", wholeFromOne],
    ["bs", " 4", wholeFromOne],
    ["bs_bl", "-3", wholeFromOne],
    ["bs_sl", "many", wholeFromOne],
    ["ep_bl", "0", wholeFromOne],
    ["ep_sl", "0", wholeFromOne],
    ["ep_bl_base", "-1", wholeFromZero],
    ["ep_sl_base", "1.5", wholeFromZero],
    ["global_seed", "-1", wholeFromZero],
    ["gpu_id", "-1", wholeFromZero],
    ["target_class", "-1", wholeFromZero],
    ["max_features", "0", wholeFromOne],
    ["groups", "1", "a whole number of at least 2"],
    ["limit_per_class", "0", wholeFromOne],
    ["lr", "0", "a number above 0"],
    ["k_1", "-1", "a number of at least 0"],
    ["k_2", "1", "a number of at least 0 and below 1"],
    ["threshold", "1.1", "a score from 0 to 1"],
    ["attack", "badnets", "one of lc, narcissus, sa, ht, narcissus_lc, narcissus_lc_sa"],
    ["dataset", "mnist", "one of CIFAR10, synthetic, slt10, imagenet"],
    [
      "model",
      "ResNet101",
      "one of ResNet18, ResNet34, ResNet50, ResNet8, CustomCNN, BasicResNet, CustomResNet18, ViT, ViT-Micro",
    ],
    ["scenario", "scratch", "one of from_scratch, fine_tuning"],
    ["opt", "rmsprop", "one of sgd, adam"],
    ["threshold_type", "mean", "one of kmeans, gaussian, custom"],
    ["engine", "webgpu", "one of auto, tensorflow, wasm, cpu"],
    ["dataset_dir", "", "a path"],
    ["log_file", " ", "a path"],
    ["exp", "../elsewhere", "a folder name"],
    ["exp", "a/b", "a folder name"],
    ["exp", "..", "a folder name"],
    ["exp", "", "a folder name"],
  ];
  test.each(badValues)("--%s %j", (flag, value, accepted) => {
    const { message } = refusal({ [flag]: value });
    expect(message).toContain(`--${flag}: got "${value}"; accepted: ${accepted}`);
    expect(message.split("\n")).toHaveLength(1);
  });

  test("--attack_opt without a value", () => {
    expect(refusal({ attack_opt: ["alpha=1.5", "steps"] }).message).toMatch(/--attack_opt.*name=value/);
  });
});

test("a percentage for --pr_tgt gets the ratio it means", () => {
  expect(refusal({ pr_tgt: "10" }).hint).toContain("10 % is 0.1");
  expect(refusal({ pr_tgt: "-1" }).hint).not.toContain("%");
});

test("a name in another case gets the right one", () => {
  expect(refusal({ attack: "Narcissus" }).hint).toBe("Did you mean --attack narcissus?");
  expect(refusal({ model: "resnet18" }).hint).toBe("Did you mean --model ResNet18?");
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
