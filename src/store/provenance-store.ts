import { stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { ArrayGroup } from "./array-group.js";
import { ArrayGroupWriter } from "./array-group-writer.js";
import type { ArrayOrigin, Manifest } from "./manifest.js";

/** What the batch level finds. */
export interface BatchLevelArrays {
  /** int32 [numImportant], indices into the flattened state, ascending */
  readonly importantFeatures: Int32Array;
  /** float32 [numStateFeatures], z of the last epoch's differences */
  readonly z: Float32Array;
  /** float32 [numStateFeatures], d = |m_sus - m_clean| of the last epoch */
  readonly differences: Float32Array;
}

/** Rows of one kind of sample; row i belongs to (epochs[i], sampleIds[i]). */
export interface IncrementRows {
  /** float32 [numRows, numFeatures], increment minus the clean-2 mean */
  readonly rows: Float32Array;
  /** int32 [numRows] */
  readonly sampleIds: Int32Array;
  /** int32 [numRows] */
  readonly epochs: Int32Array;
}

/** What a sample level capture leaves. */
export interface SampleLevelArrays {
  /** int32 [numFeatures], indices into the flattened state, in the order of the columns */
  readonly features: Int32Array;
  readonly suspects: IncrementRows;
  readonly clean: IncrementRows;
}

/** Writes the batch level's arrays as one group, atomically. */
export async function writeBatchLevel(
  folder: string,
  arrays: BatchLevelArrays,
  origin: ArrayOrigin,
): Promise<void> {
  const writer = await ArrayGroupWriter.create(folder, {
    important_features: { dtype: "int32" },
    z: { dtype: "float32" },
    differences: { dtype: "float32" },
  });
  try {
    await writer.append("important_features", arrays.importantFeatures);
    await writer.append("z", arrays.z);
    await writer.append("differences", arrays.differences);
    await writer.finish(origin);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** @throws UserError when the group is missing or damaged */
export async function readBatchLevel(folder: string): Promise<BatchLevelArrays & { manifest: Manifest }> {
  const group = await openGroup(folder, "batch_level");
  return {
    manifest: group.manifest,
    importantFeatures: await group.readInt32("important_features"),
    z: await group.readFloat32("z"),
    differences: await group.readFloat32("differences"),
  };
}

const perSampleArrays = {
  sus_inds: { dtype: "int32" },
  sus_epochs: { dtype: "int32" },
  clean_inds: { dtype: "int32" },
  clean_epochs: { dtype: "int32" },
} as const;
type SampleLevelGroup = ArrayGroupWriter<
  keyof typeof perSampleArrays | "sus_diff" | "clean_diff" | "features"
>;

/** Appends captured rows as they come, with bounded memory. Finish or discard it. */
export class SampleLevelWriter {
  readonly #group: SampleLevelGroup;
  readonly #numFeatures: number;

  private constructor(group: SampleLevelGroup, numFeatures: number) {
    this.#group = group;
    this.#numFeatures = numFeatures;
  }

  /** @param features int32 [numFeatures], the columns of every row */
  static async create(
    folder: string,
    features: Int32Array,
    rowsPerChunk?: number,
  ): Promise<SampleLevelWriter> {
    const rows = { dtype: "float32", rowLength: features.length, rowsPerChunk } as const;
    const group = await ArrayGroupWriter.create(folder, {
      ...perSampleArrays,
      sus_diff: rows,
      clean_diff: rows,
      features: { dtype: "int32" },
    });
    await group.append("features", features);
    return new SampleLevelWriter(group, features.length);
  }

  /** @param added one batch's rows; await it before the next call */
  async append(kind: "suspects" | "clean", added: IncrementRows): Promise<void> {
    const { rows, sampleIds, epochs } = added;
    if (rows.length !== sampleIds.length * this.#numFeatures || epochs.length !== sampleIds.length) {
      throw new Error(
        `Got ${rows.length} increments for ${sampleIds.length} ids and ${epochs.length} epochs.`,
      );
    }
    const prefix = kind === "suspects" ? "sus" : "clean";
    await this.#group.append(`${prefix}_diff`, rows);
    await this.#group.append(`${prefix}_inds`, sampleIds);
    await this.#group.append(`${prefix}_epochs`, epochs);
  }

  finish(origin: ArrayOrigin): Promise<void> {
    return this.#group.finish(origin);
  }

  discard(): Promise<void> {
    return this.#group.discard();
  }
}

/** Reads all captured rows into memory. @throws UserError when the group is missing or damaged */
export async function readSampleLevel(folder: string): Promise<SampleLevelArrays & { manifest: Manifest }> {
  const group = await openGroup(folder, "sample_level");
  const features = await group.readInt32("features");
  const rowsOf = async (prefix: string): Promise<IncrementRows> => {
    const rows = await group.readFloat32(`${prefix}_diff`);
    const sampleIds = await group.readInt32(`${prefix}_inds`);
    const epochs = await group.readInt32(`${prefix}_epochs`);
    if (sampleIds.length !== epochs.length || rows.length !== sampleIds.length * features.length) {
      throw new UserError(`${folder} is damaged: its arrays differ in length.`, "Run --sample_level again.");
    }
    return { rows, sampleIds, epochs };
  };
  return { manifest: group.manifest, features, suspects: await rowsOf("sus"), clean: await rowsOf("clean") };
}

async function openGroup(folder: string, stage: string): Promise<ArrayGroup> {
  if ((await stat(folder).catch(() => undefined)) === undefined) {
    throw new UserError(`There is no ${folder}.`, `Run --${stage} with the same settings first.`);
  }
  return ArrayGroup.open(folder);
}
