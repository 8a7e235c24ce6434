import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ImageCounts, PlannedPoisons } from "../attacks/attack.js";
import { attacks } from "../attacks/registry.js";
import { type DatasetName, numClassesOf } from "../config/names.js";
import type { RunConfig } from "../experiment/run-config.js";

/** How many images a run deals with. */
export interface Counts {
  readonly train: number;
  readonly test: number;
  /** Test images that get a trigger: the source class's, or those of all classes but the target; of each part of a mix. */
  readonly triggeredTest: number;
  /** Training images of the target class. */
  readonly targetClass: number;
  readonly poisons: number;
  /** The same by the attacks that make them: one, but for mixes. */
  readonly parts: Readonly<Record<string, PlannedPoisons>>;
  /** Poisons and the clean samples drawn to them. */
  readonly suspects: number;
  /** Target-class samples left for the two clean groups. */
  readonly cleanPool: number;
}

/** Images in the official datasets, per class. */
const fullSize: Readonly<Record<DatasetName, { train: number; test: number }>> = {
  CIFAR10: { train: 5000, test: 1000 },
  CIFAR100: { train: 500, test: 100 },
  synthetic: { train: 400, test: 80 },
  slt10: { train: 500, test: 800 },
  imagenet: { train: 500, test: 50 },
};

/** Bytes of an image in CIFAR's binary layouts; labels come before it. */
const CIFAR_IMAGE = 3072;

/** Counts images from the flags, and from the sizes of the dataset's files where those are on disk; classes count as balanced. */
export async function countImages(config: RunConfig): Promise<Counts> {
  const { dataset, limitPerClass, attack, prTgt: share, attackOpts: options } = config;
  const numClasses = numClassesOf[dataset];
  const { train, test } = limited(limitPerClass, (await onDisk(config)) ?? fullSize[dataset]);
  const images: ImageCounts = { train: train * numClasses, targetClass: train, dataset };
  const parts = attacks[attack].plan(images, { share, options });
  const sumOver = (count: (part: PlannedPoisons) => number) =>
    Object.values(parts).reduce((sum, part) => sum + count(part), 0);
  const poisons = sumOver((part) => part.poisons);
  const cleanSuspects = Math.floor(poisons * (100 / config.prSus - 1) + 1e-6);
  return {
    train: images.train,
    test: test * numClasses,
    triggeredTest: sumOver(({ triggered }) => test * (triggered === "source class" ? 1 : numClasses - 1)),
    targetClass: train,
    poisons,
    parts,
    suspects: poisons + cleanSuspects,
    cleanPool: config.sampleFromTest ? test : train - poisons - cleanSuspects,
  };
}

function limited(limitPerClass: number | undefined, full: { train: number; test: number }) {
  if (limitPerClass === undefined) return full;
  return {
    train: Math.min(full.train, limitPerClass),
    test: Math.min(full.test, Math.ceil(limitPerClass / 5)),
  };
}

/** Files whose sizes tell how many images there are, and the bytes of one in them. */
const countedFiles: Partial<Record<DatasetName, { train: string[]; test: string; record: number }>> = {
  CIFAR10: {
    train: [1, 2, 3, 4, 5].map((batch) => `cifar-10-batches-bin/data_batch_${batch}.bin`),
    test: "cifar-10-batches-bin/test_batch.bin",
    record: 1 + CIFAR_IMAGE,
  },
  CIFAR100: {
    train: ["cifar-100-binary/train.bin"],
    test: "cifar-100-binary/test.bin",
    record: 2 + CIFAR_IMAGE,
  },
  slt10: { train: ["stl10_binary/train_y.bin"], test: "stl10_binary/test_y.bin", record: 1 },
};

/** Images per class in the dataset's files; undefined where they are not there, or tell nothing. */
async function onDisk({
  dataset,
  datasetDir,
}: RunConfig): Promise<{ train: number; test: number } | undefined> {
  const files = countedFiles[dataset];
  if (files === undefined) return undefined;
  const images = async (name: string) => (await stat(join(datasetDir, name))).size / files.record;
  const perClass = (count: number) => Math.floor(count / numClassesOf[dataset]);
  try {
    const batches = await Promise.all(files.train.map(images));
    const train = batches.reduce((sum, count) => sum + count, 0);
    return { train: perClass(train), test: perClass(await images(files.test)) };
  } catch {
    return undefined;
  }
}
