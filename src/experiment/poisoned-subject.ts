import { createHash } from "node:crypto";
import type { PoisonedData } from "../attacks/attack.js";
import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset } from "../datasets/image-set.js";
import { allIds, joinSets } from "../datasets/select.js";
import { sha256Of } from "../files/sha256.js";
import type { Subject } from "../training/subject.js";
import type { Truth } from "./experiment.js";

/** The training set as the victim sees it, with the clean test images behind it. */
export const poisonedSubject = (
  { test, normalization }: Dataset,
  { train }: PoisonedData,
  augmentation: AugmentationKind,
): Subject => ({
  images: joinSets(train, test),
  trainIds: allIds(train.labels.length),
  normalization,
  augmentation,
});

export function truthOf({ poisonIds, triggeredTests }: PoisonedData): Truth {
  const allPoisonIds = Int32Array.from(Object.values(poisonIds).flatMap((ids) => [...ids])).sort();
  return { poisonIds, triggeredTests, allPoisonIds };
}

/** Digests (SHA-256, hex) of what an attack has planted: of which images, and of the images as they are now. */
export function poisonDigests(
  { train, poisonIds }: PoisonedData,
  { allPoisonIds }: Truth,
): { "poison ids": string; poisons: string } {
  const ids = sha256Of(JSON.stringify(Object.entries(poisonIds).map(([part, rows]) => [part, [...rows]])));
  const hash = createHash("sha256").update(ids);
  for (const id of allPoisonIds) hash.update(train.pixels.read(id)).update(`;${train.labels[id]};`);
  if (train.noise) {
    const { pattern, strength, rows } = train.noise;
    hash.update(pattern).update(JSON.stringify([strength, rows ? [...rows] : "all"]));
  }
  return { "poison ids": ids, poisons: hash.digest("hex") };
}
