import { indicesOfClass, withoutIds } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { sampleWithoutReplacement } from "../../random/rng.js";
import type { AttackInput } from "../attack.js";
import { shareOfClass } from "./share-of-class.js";

/**
 * Number of poisons: the share of the target class, rounded down (up for Hidden Trigger, as published).
 * @throws UserError when that is none
 */
export function poisonCount(
  { dataset, targetClass, poisonShareOfTargetClass: share }: AttackInput,
  rounding: "down" | "up" = "down",
): number {
  const size = indicesOfClass(dataset.train.labels, targetClass).length;
  const count = shareOfClass(size, share, rounding);
  if (count === 0) {
    throw new UserError(
      `--pr_tgt ${share} of the ${size} images of class ${targetClass} is no image at all.`,
      "Use a larger --pr_tgt or more images.",
    );
  }
  return count;
}

/**
 * Poisons drawn from the target class: int32, ascending rows of the training set.
 * @param excluded rows that are no candidates: other attacks' poisons
 */
export function drawPoisons(input: AttackInput, count: number, excluded: Iterable<number> = []): Int32Array {
  const candidates = withoutIds(indicesOfClass(input.dataset.train.labels, input.targetClass), excluded);
  return sampleWithoutReplacement(input.rng.fork("poison-ids"), candidates, count).sort();
}
