import { join } from "node:path";
import { sha256OfJson } from "../../src/files/sha256.js";
import type { AttackName } from "./attack-names.js";

/** Those whose detectors are measured one by one. */
export const measuredAttacks: readonly AttackName[] = [
  "badnets",
  "blend",
  "sig",
  "narcissus",
  "narcissus-few",
];

/** What a network of the study is trained on, and how. */
export interface StudySettings {
  readonly dataset: string;
  /** Images of each class that are trained on, poisons of other classes not counted. */
  readonly perClass: number;
  /** Of which trusted. */
  readonly trusted: number;
  /** Poisons of each attack; none: the clean twin. */
  readonly poisons: number;
  readonly attacks: readonly AttackName[];
  /** Channels of the residual network's stages, a block each. */
  readonly widths: readonly number[];
  readonly epochs: number;
  /** Of the choice of images, classes and poisons. */
  readonly seed: number;
  /** Of the network's weights, order and augmentation: several networks see the same data. */
  readonly network: number;
}

/** Images in a training step. */
export const batchSize = 128;
export const learningRate = 0.1;

/** Epochs after which the weights are kept: a third of the way, two thirds, and the end. */
export const keptEpochs = ({ epochs }: StudySettings): number[] => [
  ...new Set([Math.round(epochs / 3), Math.round((2 * epochs) / 3), epochs]),
];

/** Where all that belongs to these settings is kept. */
export function folderOf(root: string, settings: StudySettings): string {
  const { dataset, perClass, trusted, widths, epochs, seed, poisons, network } = settings;
  // The order of the fields counts.
  const key = { version: 1, dataset, perClass, trusted, widths, epochs, seed, poisons, network };
  return join(root, sha256OfJson(key).slice(0, 12));
}

/** The same data without poisons, on which the universal perturbations are made. */
export const cleanTwin = (settings: StudySettings): StudySettings => ({
  ...settings,
  poisons: 0,
  network: 0,
});
