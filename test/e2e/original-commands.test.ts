import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEngine } from "../../src/engine/start.js";
import { readResults } from "../../src/experiment/results.js";
import { createModel } from "../../src/models/create-model.js";
import { createRng } from "../../src/random/rng.js";
import { writeCheckpoint } from "../../src/store/checkpoint.js";
import { readIndices } from "../../src/store/indices.js";
import { readBatchLevel, readSampleLevel } from "../../src/store/provenance-store.js";
import { newFolder } from "./cli.js";
import { base64, capture, fineTuneHt, fineTuneSa, imagenet, slt10 } from "./published-flags.js";
import { series } from "./series.js";
import { writeSmallCifar, writeSmallStl10, writeSmallTinyImageNet } from "./small-data.js";

/*
 * The original's command lines, as published, to their end: on a few images, with one epoch of everything, small batches, few attack
 * steps, and a small network in the place of the large ones. All in one process, each attack in a folder of its own.
 */

const once =
  "--epochs 1 --ep_bl 1 --ep_sl 1 --bs_bl 8 --bs_sl 8 --checkpoint_seconds 1000 --log_file said.jsonl";
const onceFromTrained = `${once} --ep_bl_base 1 --ep_sl_base 1`;
const narrow =
  "--attack_opt surrogate=ResNet8 --attack_opt surrogate_epochs=1 --attack_opt warmup_epochs=1 --attack_opt rounds=2";
const mixed = narrow.replaceAll("--attack_opt ", "--attack_opt narcissus.");
const saSteps =
  "--attack_opt iterations=4 --attack_opt segments=2 --attack_opt retrain_epochs=1 --attack_opt clean_epochs=1";
const htSteps = "--attack_opt iterations=4 --attack_opt clean_epochs=1";
// On large images the search for a step length would take most of the time.
const htStepsLarge = `${htSteps} --attack_opt lr=1`;

interface Published {
  readonly name: string;
  /** The lines as published, in their order. */
  readonly lines: readonly string[];
  /** Appended to each; the last of a flag counts. */
  readonly smaller: string;
  readonly data: "cifar-2" | "cifar-1" | "cifar-4" | "slt10" | "imagenet";
  /** Stem that the poisoned model has after its attack's name. */
  readonly poisons: number;
  readonly suspects: number;
  /** Parts of a mix. */
  readonly parts?: readonly string[];
}

const published: readonly Published[] = [
  {
    name: "narcissus",
    lines: [
      "--attack narcissus --target_class 2 --pr_tgt 0.1 --pr_sus 50 --poisoned_training --epochs 200",
      `--attack narcissus --target_class 2 --pr_tgt 0.1 --pr_sus 50 ${capture}`,
    ],
    smaller: `${onceFromTrained} --model ResNet8 ${narrow}`,
    data: "cifar-2",
    poisons: 6,
    suspects: 12,
  },
  {
    name: "lc",
    lines: [
      "--attack lc --eps 8 --target_class 2 --pr_tgt 0.1 --pr_sus 50 --poisoned_training --epochs 200",
      `--attack lc --eps 8 --target_class 2 --pr_tgt 0.1 --pr_sus 50 ${capture}`,
    ],
    smaller: `${onceFromTrained} --model ResNet8 --attack_opt steps=2`,
    data: "cifar-2",
    poisons: 6,
    suspects: 12,
  },
  {
    name: "sa",
    lines: [
      "--attack sa --target_class 1 --source_class 0 --pr_tgt 0.1 --pr_sus 50 --poisoned_training --epochs 200",
      `--attack sa --target_class 1 --source_class 0 --pr_tgt 0.1 --pr_sus 50 ${capture}`,
    ],
    smaller: `${onceFromTrained} --model ResNet8 ${saSteps}`,
    data: "cifar-1",
    poisons: 6,
    suspects: 12,
  },
  {
    name: "sa, fine-tuning",
    lines: [
      `${fineTuneSa} --poisoned_training --epochs 10 --lr 0.01`,
      `${fineTuneSa} --ep_sl_base 0 ${capture} --lr 0.01 --epochs 10`,
    ],
    smaller: `${once} --model ResNet8 ${saSteps} --bs_bl 4 --bs_sl 4`,
    data: "cifar-1",
    poisons: 30,
    suspects: 60,
  },
  {
    name: "ht on CIFAR-10, fine-tuning",
    lines: [
      `${fineTuneHt} --poisoned_training --ep_bl_base 0 --epochs 10 --lr 0.01`,
      `${fineTuneHt} --ep_bl_base 0 --epochs 10 --ep_sl_base 0 ${capture} --lr 0.01`,
    ],
    smaller: `${once} ${htSteps}`,
    data: "cifar-4",
    poisons: 8,
    suspects: 16,
  },
  {
    name: "ht on STL-10, fine-tuning",
    lines: [`${slt10} --poisoned_training --bs 64`, `${slt10} ${base64} ${capture}`],
    smaller: `${onceFromTrained} --model ViT-Micro --bs_bl 4 --bs_sl 4 ${htStepsLarge}`,
    data: "slt10",
    poisons: 5,
    suspects: 10,
  },
  {
    name: "ht on Tiny-ImageNet, fine-tuning",
    lines: [`${imagenet} --poisoned_training --bs 64`, `${imagenet} --bs 64 ${base64} ${capture}`],
    smaller: `${onceFromTrained} --bs_bl 4 --bs_sl 4 ${htStepsLarge}`,
    data: "imagenet",
    poisons: 5,
    suspects: 10,
  },
  {
    name: "narcissus_lc",
    lines: [
      "--attack narcissus_lc --poisoned_training",
      `--attack narcissus_lc --poisoned_training ${capture}`,
    ],
    smaller: `${onceFromTrained} --model ResNet8 ${mixed} --attack_opt lc.steps=2 --attack_opt narcissus.ratio=0.05`,
    data: "cifar-2",
    poisons: 9,
    suspects: 9,
    parts: ["lc", "narcissus"],
  },
  {
    name: "narcissus_lc_sa",
    lines: [
      "--attack narcissus_lc_sa --poisoned_training",
      `--attack narcissus_lc_sa --poisoned_training ${capture}`,
    ],
    smaller: `${onceFromTrained} --model ResNet8 ${mixed} --attack_opt lc.steps=2 --attack_opt narcissus.ratio=0.05 ${saSteps.replaceAll("--attack_opt ", "--attack_opt sa.")}`,
    data: "cifar-2",
    poisons: 15,
    suspects: 15,
    parts: ["lc", "narcissus", "sa"],
  },
];

let root: string;

beforeAll(async () => {
  root = await newFolder();
  const place = (name: string) => join(root, "data", name);
  const cifar = (name: string, target: number, source: number, testOfTarget: number, ofTarget = 60) =>
    writeSmallCifar(place(name), { target, source, train: [ofTarget, 8, 2], test: [testOfTarget, 4, 2] });
  await cifar("cifar-2", 2, 0, 4);
  // Narcissus' outside images, found where the dataset lies.
  await writeSmallTinyImageNet(place("cifar-2"), 20, {
    target: 0,
    source: 1,
    train: [1, 1, 1],
    test: [0, 0, 0],
  });
  await cifar("cifar-1", 1, 0, 16);
  await cifar("cifar-4", 4, 3, 32, 16);
  const large = { train: [10, 5, 1], test: [16, 2, 1] } as const;
  await writeSmallStl10(place("slt10"), { target: 4, source: 3, ...large });
  await writeSmallTinyImageNet(place("imagenet"), 42, { target: 40, source: 30, ...large });
  await startEngine();
  const commands = (await Promise.all(published.map((one) => commandsOf(one, place(one.data))))).flat();
  for (const [i, outcome] of (await series(commands)).entries())
    expect({ ...commands[i], ...outcome }).toMatchObject({ exitCode: 0, text: "" });
}, 1_800_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** The lines of an attack, in a folder that holds what they start from. */
async function commandsOf({ name, lines, smaller, data: kind }: Published, data: string) {
  const cwd = join(root, name);
  await mkdir(cwd);
  const pretrained = kind === "slt10" || kind === "imagenet" ? await writePretrained(cwd, kind) : [];
  const runs = lines.map((line) => [
    ...`${line} ${smaller} --exp original --dataset_dir`.trim().split(/\s+/),
    data,
  ]);
  return [...pretrained, ...runs].map((args) => ({ cwd, args }));
}

/**
 * A network that fine-tuning of large images starts from, under the name of the command lines.
 * @returns what has to run first
 */
async function writePretrained(folder: string, kind: "slt10" | "imagenet"): Promise<string[][]> {
  const [name, path, classes] =
    kind === "slt10"
      ? (["ViT-Micro", "model_sa_vit_10_64", 10] as const)
      : (["CustomResNet18", "custom_resnet18_tinyimagenet_100_4", 42] as const);
  const model = createModel(name, { classes, inputShape: [224, 224, 3], rng: createRng("pretrained") });
  await mkdir(join(folder, "saved_models"));
  const wanted = join(folder, "saved_models", path);
  const made = kind === "slt10" ? join(folder, "made.safetensors") : `${wanted}.safetensors`;
  await writeCheckpoint(made, await model.stateDict());
  model.dispose();
  return kind === "slt10" ? [["convert", made, `${wanted}.pth`]] : [];
}

test.each(published)(
  "$name runs to its end and leaves what the original leaves",
  async ({ name, poisons, suspects, parts }) => {
    const folder = join(root, name);
    const said = await readFile(join(folder, "said.jsonl"), "utf8");
    expect(said).toContain(`, ${poisons} poisons in class`);
    const results = await readResults(join(folder, "results/original"));
    const stages = results.map(({ stage }) => stage);
    for (const stage of ["poisoned_training", "batch_level", "sample_level", "score_samples", "retrain"])
      expect(stages).toContain(stage);
    const retrained = results.find(({ stage }) => stage === "retrain");
    for (const rate of [retrained?.retrainAccuracy, retrained?.retrainAsr]) {
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(rate).toBeLessThanOrEqual(1);
    }
    const left = await readdir(join(folder, "Training_Prov_Data"));
    const named = (start: string) => {
      const found = left.find((entry) => entry.startsWith(start) && !entry.endsWith(".json"));
      if (found === undefined) throw new Error(`No ${start} in ${left.join(", ")}`);
      return join(folder, "Training_Prov_Data", found);
    };
    const { importantFeatures } = await readBatchLevel(named("important_features_single_"));
    expect(importantFeatures.length).toBeGreaterThan(0);
    const rows = await readSampleLevel(named("single_"));
    expect(rows.suspects.sampleIds).toHaveLength(suspects);
    expect(rows.suspects.rows.some((value) => value !== 0)).toBe(true);
    const suspected = new Set(rows.suspects.sampleIds);
    for (const id of await readIndices(named("indexes_to_exclude_"))) expect(suspected).toContain(id);
    for (const part of parts ?? []) expect(said).toMatch(new RegExp(`${part} \\d+\\.\\d %`));
    expect(left.filter((entry) => /partial|progress|lock/.test(entry))).toEqual([]);
  },
);
