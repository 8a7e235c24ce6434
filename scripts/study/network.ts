import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { allIds } from "../../src/datasets/select.js";
import { resnet } from "../../src/models/resnet/resnet.js";
import { initialise } from "../../src/nn/init.js";
import { Model } from "../../src/nn/model.js";
import { createRng } from "../../src/random/rng.js";
import type { Reporter } from "../../src/reporter.js";
import { readCheckpoint, writeCheckpoint } from "../../src/store/checkpoint.js";
import { groupOf, inGroup } from "../../src/store/state-dict.js";
import { sgd } from "../../src/training/optimizer.js";
import { train } from "../../src/training/train.js";
import { batchSize, keptEpochs, learningRate, type StudySettings } from "./settings.js";
import type { StudySubject } from "./subject.js";

/** Where the weights after an epoch are kept. */
export const weightsPath = (folder: string, epoch: number): string =>
  join(folder, `epoch-${epoch}.safetensors`);

/** With fresh weights; the caller disposes it. */
export function newNetwork({ widths, seed, network }: StudySettings, subject: StudySubject): Model {
  const { height, width, channels } = subject.set.pixels;
  const numClasses = subject.classNames.length;
  const parts = resnet({ widths, blocks: widths.map(() => 1) }, channels, numClasses);
  const model = new Model(`resnet ${widths}`, [height, width, channels], numClasses, parts);
  initialise(model.entries, createRng(seed).fork(`study/network-${network}/weights`));
  return model;
}

/** The network as it was after an epoch; the caller disposes it. */
export async function loadNetwork(
  folder: string,
  settings: StudySettings,
  subject: StudySubject,
  epoch: number,
): Promise<Model> {
  const model = newNetwork(settings, subject);
  model.loadStateDict((await readCheckpoint(weightsPath(folder, epoch))).state);
  return model;
}

/** Trains the network that is not there yet; a training that was stopped goes on after its last whole epoch. */
export async function trainNetwork(
  folder: string,
  settings: StudySettings,
  subject: StudySubject,
  { reporter, signal }: { reporter: Reporter; signal: AbortSignal },
): Promise<void> {
  const { epochs, seed, network } = settings;
  if (existsSync(weightsPath(folder, epochs))) return;
  const progressPath = join(folder, "training.safetensors");
  const model = newNetwork(settings, subject);
  const optimizer = sgd({ learningRate });
  let start = 0;
  if (existsSync(progressPath)) {
    const { state, metadata } = await readCheckpoint(progressPath);
    model.loadStateDict(groupOf(state, "model"));
    optimizer.loadStateDict(groupOf(state, "optimizer"), model.trainable);
    start = Number(metadata.epoch);
  }
  const kept = keptEpochs(settings);
  const { set, normalization } = subject;
  const data = { set, ids: allIds(set.labels.length), normalization, augmentation: "crop-flip" } as const;
  try {
    await train(model, data, optimizer, {
      batchSize,
      schedule: { optimizer: "sgd", initialRate: learningRate, period: epochs },
      start: { epoch: start, batch: 0 },
      endEpoch: epochs,
      trainingMode: true,
      rng: createRng(seed).fork(`study/network-${network}/training`),
      label: `seed ${seed}, network ${network}, ${settings.poisons > 0 ? "poisoned" : "clean"}`,
      reporter,
      signal,
      async afterEpoch(epoch) {
        const state = await model.stateDict();
        if (kept.includes(epoch + 1)) await writeCheckpoint(weightsPath(folder, epoch + 1), state);
        const both = [...inGroup("model", state), ...inGroup("optimizer", await optimizer.stateDict())];
        await writeCheckpoint(progressPath, new Map(both), { epoch: String(epoch + 1) });
      },
    });
    await rm(progressPath, { force: true });
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}
