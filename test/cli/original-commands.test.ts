import { describe, expect, test, vi } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { base64, capture, fineTuneHt, fineTuneSa, imagenet, slt10 } from "../e2e/published-flags.js";

/** Parses a command line as the program would, planning instead of running. @returns what was printed */
async function plan(line: string): Promise<string> {
  const printed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
  try {
    await buildProgram().parseAsync([...line.split(/\s+/).slice(1), "--plan"], { from: "user" });
  } finally {
    log.mockRestore();
  }
  return printed.join("\n");
}

const capturePlan = ["\nbatch_level\n", "\nsample_level\n", "\nscore_samples\n", "\nretrain\n"];

describe("the original's label-consistent commands run", () => {
  const supported: readonly [string, string[]][] = [
    [
      "poisonspot --attack lc --eps 8 --target_class 2 --pr_tgt 0.1 --pr_sus 50 --poisoned_training --epochs 200",
      ["500 of 5,000 images of class 2", "writes  saved_models/model_lc_CIFAR10_8_0.1_200_128.safetensors"],
    ],
    [
      `poisonspot --attack lc --eps 8 --target_class 2 --pr_tgt 0.1 --pr_sus 50 ${capture}`,
      [...capturePlan, "suspects: 1,000"],
    ],
    ["poisonspot --attack lc --eps 4 --vis 32 --poisoned_training", ["model_lc_CIFAR10_4_0.1_200_128"]],
    [
      "poisonspot --attack lc --scenario fine_tuning --lr 0.01 --epochs 10 --poisoned_training",
      ["fine_tuning"],
    ],
  ];
  test.each(supported)("%s", async (line, expected) => {
    const text = await plan(line);
    for (const part of expected) expect(text).toContain(part);
  });
});

describe("the original's Narcissus commands run", () => {
  const supported: readonly [string, string[]][] = [
    [
      "poisonspot --attack narcissus --target_class 2 --pr_tgt 0.1 --pr_sus 50 --poisoned_training --epochs 200",
      [
        "500 of 5,000 images of class 2",
        "writes  saved_models/model_narcissus_CIFAR10_16_0.1_200_128.safetensors",
      ],
    ],
    [
      `poisonspot --attack narcissus --target_class 2 --pr_tgt 0.1 --pr_sus 50 ${capture}`,
      [...capturePlan, "suspects: 1,000"],
    ],
    ["poisonspot --attack narcissus --eps 6 --poisoned_training", ["model_narcissus_CIFAR10_6_0.1_200_128"]],
  ];
  test.each(supported)("%s", async (line, expected) => {
    const text = await plan(line);
    for (const part of expected) expect(text).toContain(part);
  });
});

describe("the original's Sleeper Agent and Hidden Trigger commands run", () => {
  const supported: readonly [string, string[]][] = [
    [
      `poisonspot --attack sa --target_class 1 --source_class 0 --pr_tgt 0.1 --pr_sus 50 ${capture}`,
      [...capturePlan, "suspects: 1,000"],
    ],
    [
      `poisonspot ${fineTuneSa} --poisoned_training --epochs 10 --lr 0.01`,
      ["2,500 of 5,000 images of class 1", "writes  saved_models/model_sa_CIFAR10_16_0.5_10_128.safetensors"],
    ],
    [
      `poisonspot ${fineTuneSa} --ep_sl_base 0 ${capture} --lr 0.01 --epochs 10`,
      [...capturePlan, "suspects: 5,000"],
    ],
    [
      `poisonspot ${fineTuneHt} --poisoned_training --ep_bl_base 0 --epochs 10 --lr 0.01`,
      ["2,500 of 5,000 images of class 4", "writes  saved_models/model_ht_CIFAR10_16_0.5_10_128.safetensors"],
    ],
    [
      `poisonspot ${fineTuneHt} --ep_bl_base 0 --epochs 10 --ep_sl_base 0 ${capture} --lr 0.01`,
      [...capturePlan, "suspects: 5,000"],
    ],
    [
      `poisonspot ${slt10} --poisoned_training --bs 64`,
      ["250 of 500 images of class 4", "model_ht_slt10_16_0.5_10_64"],
    ],
    [`poisonspot ${slt10} ${base64} ${capture}`, [...capturePlan, "suspects: 500"]],
    [
      `poisonspot ${imagenet} --poisoned_training --bs 64`,
      ["250 of 500 images of class 40", "model_ht_imagenet_16_0.5_10_64"],
    ],
    [`poisonspot ${imagenet} --bs 64 ${base64} ${capture}`, [...capturePlan, "suspects: 500"]],
  ];
  test.each(supported)("%s", async (line, expected) => {
    const text = await plan(line);
    for (const part of expected) expect(text).toContain(part);
  });
});

describe("the original's mixes run, with no pr_tgt and with poisoned training in the capture command", () => {
  const supported: readonly [string, string[]][] = [
    ["poisonspot --attack narcissus_lc --poisoned_training", ["525 of 5,000 images of class 2"]],
    [
      `poisonspot --attack narcissus_lc --poisoned_training ${capture}`,
      ["\npoisoned_training\n", ...capturePlan],
    ],
    [
      `poisonspot --attack narcissus_lc_sa --poisoned_training ${capture}`,
      ["writes  saved_models/model_narcissus_lc_sa_CIFAR10_16_0.1_200_128.safetensors", ...capturePlan],
    ],
  ];
  test.each(supported)("%s", async (line, expected) => {
    const text = await plan(line);
    for (const part of expected) expect(text).toContain(part);
  });
});
