import { UserError } from "../errors.js";
import { createRng, shuffle } from "../random/rng.js";

/** Which samples are held out together. */
export interface Fold {
  readonly suspectIds: ReadonlySet<number>;
  readonly cleanIds: ReadonlySet<number>;
}

/**
 * Divides samples into folds: suspects and clean samples are shuffled and divided separately, so that each fold has
 * its share of both. Fold sizes differ by one at most.
 * @param suspectIds int32 [numSuspects], distinct
 * @param cleanIds int32 [numClean], distinct
 * @param groups number of folds
 * @throws UserError when there are not enough samples for `groups` folds
 */
export function makeFolds(
  suspectIds: Int32Array,
  cleanIds: Int32Array,
  groups: number,
  seed: string,
): readonly Fold[] {
  if (!Number.isInteger(groups) || groups < 2) {
    throw new UserError(`--groups ${groups}: cross-validation needs at least 2 groups.`, "Use --groups 5.");
  }
  const fewest = Math.min(suspectIds.length, cleanIds.length);
  if (fewest < groups) {
    const counts = `${suspectIds.length} suspects and ${cleanIds.length} clean samples`;
    const hint =
      fewest < 2
        ? "Capture more samples: scoring needs at least 2 of each."
        : `Use --groups ${fewest} or fewer.`;
    throw new UserError(`--groups ${groups} is more than the samples allow: there are ${counts}.`, hint);
  }
  const suspectParts = divide(shuffle(createRng(seed).fork("folds/suspects"), suspectIds), groups);
  const cleanParts = divide(shuffle(createRng(seed).fork("folds/clean"), cleanIds), groups);
  return suspectParts.map((part, fold) => ({
    suspectIds: new Set(part),
    cleanIds: new Set(cleanParts[fold]),
  }));
}

function divide(ids: Int32Array, groups: number): Int32Array[] {
  const boundary = (part: number): number => Math.floor((part * ids.length) / groups);
  return Array.from({ length: groups }, (_, part) => ids.subarray(boundary(part), boundary(part + 1)));
}
