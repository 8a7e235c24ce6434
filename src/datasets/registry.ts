import type { DatasetAbout } from "./about.js";
import { cifar10, cifar100 } from "./cifar/about.js";
import { stl10 } from "./stl10/about.js";
import { synthetic } from "./synthetic/about.js";
import { tinyImagenet } from "./tiny-imagenet/about.js";

/** Every dataset, in the order of help. The key is the `--dataset` value and the name in a manifest. */
const registry = {
  CIFAR10: cifar10,
  CIFAR100: cifar100,
  synthetic,
  slt10: stl10,
  imagenet: tinyImagenet,
} satisfies Record<string, DatasetAbout>;

export type DatasetName = keyof typeof registry;
export const datasets: Readonly<Record<DatasetName, DatasetAbout>> = registry;
export const datasetNames = Object.keys(datasets) as readonly DatasetName[];
