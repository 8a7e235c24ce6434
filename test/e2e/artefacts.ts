import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the tiny run leaves behind; the stems are those of the original. */
export const names = {
  model: "saved_models/model_lc_synthetic_8_0.5_1_16.safetensors",
  optimizer: "saved_models/optimizer_lc_synthetic_8_0.5_1_16.safetensors",
  scheduler: "saved_models/scheduler_lc_synthetic_8_0.5_1_16.safetensors",
  cleanModel: "saved_models/clean_model_lc_synthetic_8_0.5_1.safetensors",
  retrainedModel: "saved_models/retrained_model_lc_synthetic_8_0.5_67_1.safetensors",
  baseModel: "saved_models/resnet18_200_clean.safetensors",
  features: "Training_Prov_Data/important_features_single_lc_synthetic_8_0.5_67_16_k_1.zarr",
  increments: "Training_Prov_Data/single_lc_synthetic_8_0.5_67_16_1_1_sample_level_idv_k_1_aug_z_1.zarr",
  excluded: "Training_Prov_Data/indexes_to_exclude_lc_synthetic_8_0.5_67.npy",
} as const;

/** A report says when it was made; the rest of it depends on nothing but the run. */
const withoutTime = (page: Buffer): string =>
  page.toString("utf8").replace(/<time datetime="[^"]*">[^<]*<\/time>/, "");

/** SHA-256 of every file below a folder but those left out, by path. */
export async function hashesOf(
  folder: string,
  leftOut: readonly string[] = [],
): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hashes = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile() || leftOut.includes(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const hash = createHash("sha256")
      .update(entry.name === "report.html" ? withoutTime(bytes) : bytes)
      .digest("hex");
    hashes.set(path.slice(folder.length + 1), hash);
  }
  return new Map([...hashes].sort());
}
