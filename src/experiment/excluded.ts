import { z } from "zod";
import { UserError } from "../errors.js";
import { readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { sha256Of } from "../files/sha256.js";
import { readIndices, writeIndices } from "../store/indices.js";
import { configForComparison } from "./comparison.js";
import type { StageContext } from "./context.js";
import { checkOrigin } from "./recorded-settings.js";

const recordSchema = z.object({
  config: z.record(z.string(), z.json()),
  dataset: z.string(),
  count: z.int(),
  /** Of the ids (hex); the first records had none. */
  sha256: z.string().optional(),
});

const recordPath = ({ paths }: StageContext): string => paths.indexesToExclude.replace(/\.npy$/, ".json");

/** Saves the samples to exclude, with the settings that led to them beside. @param excluded int32, ascending */
export async function saveExcluded(
  context: StageContext,
  excluded: Int32Array,
  threshold: number,
): Promise<void> {
  await writeJsonAtomic(recordPath(context), {
    config: configForComparison(context.config, "excluded"),
    dataset: context.dataset.fingerprint,
    threshold,
    count: excluded.length,
    sha256: sha256Of(excluded),
  });
  await writeIndices(context.paths.indexesToExclude, excluded);
}

/** @returns int32, rows of the training set @throws UserError when missing, damaged or of other settings */
export async function readExcluded(context: StageContext): Promise<Int32Array> {
  const path = context.paths.indexesToExclude;
  const excluded = await readIndices(path);
  const damaged = (what: string, cause?: unknown) =>
    new UserError(`${what} is damaged.`, "Run --score_samples with the same settings again.", { cause });
  const record = recordSchema.safeParse(await readJson(recordPath(context)));
  if (!record.success) throw damaged(recordPath(context), record.error);
  const { config, dataset, count, sha256 } = record.data;
  const origin = { config: JSON.stringify(config), dataset };
  const expected = configForComparison(context.config, "excluded");
  checkOrigin(path, origin, expected, context.dataset.fingerprint, "run --score_samples again with these");
  const total = context.poisoned.train.labels.length;
  const isAsSaved = count === excluded.length && (sha256 === undefined || sha256 === sha256Of(excluded));
  if (!isAsSaved || excluded.some((id) => id < 0 || id >= total)) throw damaged(path);
  return excluded;
}
