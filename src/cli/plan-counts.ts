import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type DatasetName, numClassesOf } from "../config/names.js";
import type { RunConfig } from "../config/run-config.js";

/** How many images a run deals with. */
export interface Counts {
  readonly train: number;
  readonly test: number;
  /** Test images of all classes but the target. */
  readonly triggeredTest: number;
  /** Training images of the target class. */
  readonly targetClass: number;
  readonly poisons: number;
  /** Poisons and the clean samples drawn to them. */
  readonly suspects: number;
  /** Target-class samples left for the two clean groups. */
  readonly cleanPool: number;
}

/** Images in the official datasets, per class. */
const fullSize: Readonly<Record<DatasetName, { train: number; test: number }>> = {
  CIFAR10: { train: 5000, test: 1000 },
  synthetic: { train: 400, test: 80 },
  slt10: { train: 500, test: 800 },
  imagenet: { train: 500, test: 50 },
};

/** Bytes of a record of CIFAR-10's binary layout: a label and 3x32x32 pixels. */
const CIFAR_RECORD = 3073;

/** Counts images from the flags, and from the sizes of the dataset's files where those are on disk; classes count as balanced. */
export async function countImages(config: RunConfig): Promise<Counts> {
  const numClasses = numClassesOf[config.dataset];
  const full = config.dataset === "CIFAR10" ? await cifarOnDisk(config.datasetDir) : undefined;
  const { train, test } = limited(config.limitPerClass, full ?? fullSize[config.dataset]);
  const poisons = Math.floor(train * config.prTgt + 1e-6);
  const cleanSuspects = Math.floor(poisons * (100 / config.prSus - 1) + 1e-6);
  return {
    train: train * numClasses,
    test: test * numClasses,
    triggeredTest: test * (numClasses - 1),
    targetClass: train,
    poisons,
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

/** Images per class in `cifar-10-batches-bin`; undefined where it is not there. */
async function cifarOnDisk(datasetDir: string): Promise<{ train: number; test: number } | undefined> {
  const records = async (name: string) =>
    (await stat(join(datasetDir, "cifar-10-batches-bin", name))).size / CIFAR_RECORD;
  try {
    const batches = await Promise.all([1, 2, 3, 4, 5].map((batch) => records(`data_batch_${batch}.bin`)));
    const train = batches.reduce((sum, count) => sum + count, 0);
    return { train: Math.floor(train / 10), test: Math.floor((await records("test_batch.bin")) / 10) };
  } catch {
    return undefined;
  }
}
