import { beforeAll, expect, test } from "vitest";
import { sleeperAgent } from "../../../src/attacks/sleeper-agent/about.js";
import { noAugmentation } from "../../../src/datasets/augmentation.js";
import type { ImageSet } from "../../../src/datasets/image-set.js";
import { allIds } from "../../../src/datasets/select.js";
import { startEngine } from "../../../src/engine/start.js";
import { crossEntropy } from "../../../src/nn/loss.js";
import type { Model } from "../../../src/nn/model.js";
import { createRng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";
import { evaluate } from "../../../src/training/evaluate.js";
import { createOptimizer } from "../../../src/training/optimizer.js";
import { batchTensors, train } from "../../../src/training/train.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { gratingNetwork, gratings } from "../gratings.js";

beforeAll(async () => {
  await startEngine();
});

const dataset = gratings();
const { normalization } = dataset;

async function learn(model: Model, set: ImageSet, epochs: number, initialRate: number): Promise<void> {
  const data = { set, ids: allIds(set.labels.length), normalization, augmentation: "none" } as const;
  const optimizer = createOptimizer("adam", initialRate);
  await train(model, data, optimizer, {
    batchSize: 24,
    schedule: { optimizer: "adam", initialRate, period: epochs },
    endEpoch: epochs,
    trainingMode: true,
    rng: createRng("training"),
    label: "",
  });
  optimizer.dispose();
}

/** Mean cross-entropy of a whole set. */
async function lossOf(model: Model, set: ImageSet): Promise<number> {
  const { images, labels } = batchTensors({ set, normalization }, allIds(set.labels.length), noAugmentation);
  const { loss } = crossEntropy(model.predict(images), labels);
  return (await loss.data())[0];
}

test("a network fine-tuned on the poisons takes the trigger for the target class, on clean images it does not", async () => {
  const clean = gratingNetwork(createRng("clean"));
  await learn(clean, dataset.train, 12, 5e-3);
  expect(await evaluate(clean, dataset.test, normalization)).toBeGreaterThan(0.9);
  const state = await clean.stateDict();
  const copyOfClean = () => {
    const model = gratingNetwork(createRng("copy"));
    model.loadStateDict(state);
    return model;
  };
  const folder = await temporaryFolder();
  const lines: string[] = [];
  const { train, triggeredTests } = await sleeperAgent.poison({
    dataset,
    targetClass: 1,
    sourceClass: 0,
    poisonShareOfTargetClass: 0.5,
    eps255: 32,
    vis: 255,
    randomPlacement: false,
    options: { iterations: 40, segments: 1 },
    cleanModel: async () => copyOfClean(),
    cleanModelHash: async () => "clean",
    newModel: gratingNetwork,
    rng: createRng("attack"),
    onPoisonsChosen: () => {},
    datasetDir: folder,
    cacheDir: folder,
    checkpointSeconds: 1000,
    reporter: { ...silentReporter, info: (line) => void lines.push(line) },
  });
  const [, before, after] = /clean model: (\S+), crafted (\S+)$/.exec(lines.join("\n")) ?? [];
  const losses: number[] = [];
  for (const set of [train, dataset.train]) {
    const victim = copyOfClean();
    await learn(victim, set, 6, 3e-3);
    losses.push(await lossOf(victim, triggeredTests.sa));
  }
  expect(Number(after)).toBeLessThan(0.15 * Number(before));
  expect(losses[1] - losses[0]).toBeGreaterThan(1.5);
});
