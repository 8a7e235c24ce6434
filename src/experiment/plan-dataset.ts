import { join } from "node:path";
import type { DatasetOnDisk } from "../datasets/about.js";
import { datasets } from "../datasets/registry.js";
import { UserError } from "../errors.js";
import type { RunConfig } from "./run-config.js";

/** Where a run's images come from. */
export type PlannedDataset =
  | { readonly state: "made on the spot" }
  | { readonly state: "on disk"; readonly found: DatasetOnDisk }
  | { readonly state: "missing"; readonly path: string }
  /** It is there, but a run would refuse it. */
  | { readonly state: "unusable"; readonly problem: string };

/** Looks at names and sizes of files alone. */
export async function findDataset({
  dataset,
  datasetDir,
  onBadImage,
}: Pick<RunConfig, "dataset" | "datasetDir"> &
  Partial<Pick<RunConfig, "onBadImage">>): Promise<PlannedDataset> {
  const { disk } = datasets[dataset];
  if (disk === undefined) return { state: "made on the spot" };
  try {
    const found = await disk.find(datasetDir, onBadImage);
    return found ? { state: "on disk", found } : { state: "missing", path: join(datasetDir, disk.folder) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { state: "unusable", problem: error.message };
  }
}
