import type { ImageCounts, PlannedPoisons } from "../attacks/attack.js";
import { attacks } from "../attacks/registry.js";
import type { DatasetOnDisk } from "../datasets/about.js";
import { limitsOf } from "../datasets/limit-per-class.js";
import { type DatasetName, datasets } from "../datasets/registry.js";
import type { PlannedDataset } from "./plan-dataset.js";
import type { RunConfig } from "./run-config.js";
import { cleanSuspectCount } from "./suspect-set.js";

/** How many images a run deals with. */
export interface Counts {
  readonly train: number;
  readonly test: number;
  /** Test images that get a trigger: the source class's, or those of all classes but the target; of each part of a mix. */
  readonly triggeredTest: number;
  /** Training images of the target class, but for poisons of other classes. */
  readonly targetClass: number;
  readonly poisons: number;
  /** The same by the attacks that make them: one, but for mixes. */
  readonly parts: Readonly<Record<string, PlannedPoisons>>;
  /** Poisons and the clean samples drawn to them. */
  readonly suspects: number;
  /** Target-class samples left for the two clean groups. */
  readonly cleanPool: number;
}

/** Counts images from the flags and from what is on disk; classes count as balanced. */
export function countImages(config: RunConfig, source: PlannedDataset): Counts {
  const { dataset, limitPerClass, attack, prTgt: share, attackOpts: options } = config;
  const { outsideClasses } = datasets[dataset];
  const { classes, train, test } = limited(limitPerClass, imagesOf(dataset, source));
  const [targetClass, testOfClass] = [Math.floor(train / classes), Math.floor(test / classes)];
  const images: ImageCounts = { train, targetClass, outsideClasses };
  const parts = attacks[attack].plan(images, { share, options });
  const sumOver = (count: (part: PlannedPoisons) => number) =>
    Object.values(parts).reduce((sum, part) => sum + count(part), 0);
  const poisons = sumOver((part) => part.poisons);
  const ofTheClass = sumOver((part) => (part.isRelabelled ? 0 : part.poisons));
  const cleanSuspects = cleanSuspectCount(poisons, config.prSus);
  return {
    train,
    test,
    triggeredTest: sumOver(({ triggered }) => testOfClass * (triggered === "source class" ? 1 : classes - 1)),
    targetClass,
    poisons,
    parts,
    suspects: poisons + cleanSuspects,
    cleanPool: config.sampleFromTest ? testOfClass : targetClass - ofTheClass - cleanSuspects,
  };
}

type Images = Pick<DatasetOnDisk, "classes" | "train" | "test">;

/** Those that are there, else those of the whole dataset. */
function imagesOf(dataset: DatasetName, source: PlannedDataset): Images {
  if (source.state === "on disk") return source.found;
  const { classes, perClass } = datasets[dataset];
  return { classes, train: classes * perClass.train, test: classes * perClass.test };
}

function limited(limitPerClass: number | undefined, { classes, train, test }: Images): Images {
  if (limitPerClass === undefined) return { classes, train, test };
  const limits = limitsOf(limitPerClass);
  return {
    classes,
    train: Math.min(train, classes * limits.train),
    test: Math.min(test, classes * limits.test),
  };
}
