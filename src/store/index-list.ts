import { z } from "zod";
import { UserError } from "../errors.js";
import { type JsonValue, readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { sha256Of } from "../files/sha256.js";
import { readIndices, writeIndices } from "./indices.js";
import type { Origin, RecordedOrigin } from "./origin.js";

/*
 * A list of samples (`.npy`, for `numpy.load`) with a record of its origin beside it (`.json`).
 */

const recordSchema = z.object({
  config: z.record(z.string(), z.json()),
  inputs: z.record(z.string(), z.string()).optional(),
  /** Version 0.1 recorded no other input. */
  dataset: z.string().optional(),
  count: z.int(),
  /** Of the ids (hex); the first records had none. */
  sha256: z.string().optional(),
});

const recordPath = (path: string): string => path.replace(/\.npy$/, ".json");

/** @param ids int32 [N] @param facts more for who reads the record */
export async function writeIndexList(
  path: string,
  ids: Int32Array,
  { settings, inputs, via }: Origin,
  facts: Readonly<Record<string, JsonValue>>,
): Promise<void> {
  await writeJsonAtomic(recordPath(path), {
    config: settings,
    inputs: { ...via, ...inputs },
    ...facts,
    count: ids.length,
    sha256: sha256Of(ids),
  });
  await writeIndices(path, ids);
}

/**
 * @param hint what the user can do to have the list again
 * @returns ids: int32 [N]
 * @throws UserError when the list is missing, or it and its record do not fit each other
 */
export async function readIndexList(
  path: string,
  hint: string,
): Promise<{ ids: Int32Array; origin: RecordedOrigin }> {
  const ids = await readIndices(path);
  const { count, sha256, ...record } = await readRecord(path, hint);
  if (count !== ids.length || (sha256 !== undefined && sha256 !== sha256Of(ids)))
    throw new UserError(`${path} is damaged.`, hint);
  return { ids, origin: originIn(record) };
}

/** The list's origin alone. @throws UserError when there is no sound record */
export const readIndexOrigin = async (path: string): Promise<RecordedOrigin> =>
  originIn(await readRecord(path, "Run the stage that writes it again."));

async function readRecord(path: string, hint: string): Promise<z.infer<typeof recordSchema>> {
  const record = recordSchema.safeParse(await readJson(recordPath(path)));
  if (record.success) return record.data;
  throw new UserError(`${recordPath(path)} is damaged.`, hint, { cause: record.error });
}

const originIn = ({
  config,
  inputs,
  dataset,
}: Pick<z.infer<typeof recordSchema>, "config" | "inputs" | "dataset">): RecordedOrigin => ({
  settings: config,
  inputs: inputs ?? (dataset === undefined ? undefined : { dataset }),
});
