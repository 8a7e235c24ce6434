import { existsSync } from "node:fs";
import { attacks } from "../attacks/registry.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { readManifest } from "../store/manifest.js";
import { type PlannedStage, planStages } from "../workflow/planned-stages.js";
import { artefactPaths } from "./artefact-names.js";
import { craftingWork } from "./crafting-work.js";
import { type Counts, countImages } from "./plan-counts.js";
import { findDataset, type PlannedDataset } from "./plan-dataset.js";
import type { RunConfig } from "./run-config.js";
import type { StageName } from "./stage-names.js";
import { requestedStages } from "./stage-table.js";
import { estimateWork } from "./work-estimate.js";

/** A stage, what it reads and writes, and floating point operations. */
interface CostedStage extends PlannedStage<StageName> {
  readonly flops: number;
}

export interface Plan {
  readonly counts: Counts;
  readonly dataset: PlannedDataset;
  /**
   * The clean model of `--clean_model_path`: the file found, or the one that will be trained and saved at some cost, where
   * it is needed.
   */
  readonly cleanModel: {
    readonly path: string;
    readonly onDisk: boolean;
    readonly isNeeded: boolean;
    readonly flops: number;
  };
  /** Of crafting the poisons, at most. */
  readonly attackFlops: number;
  /** Columns of the provenance: as the batch level found, or at most. */
  readonly features: { readonly count: number; readonly known: boolean };
  readonly stages: readonly CostedStage[];
  /** Figures, `results.csv` and `config.json` of every stage go here. */
  readonly resultsDir: string;
}

/** What a run would do. Looks at file names and sizes only, and writes nothing. */
export async function planRun(config: RunConfig): Promise<Plan> {
  const dataset = await findDataset(config);
  const counts = countImages(config, dataset);
  const paths = artefactPaths(config);
  const cleanModelFound = await resolveCheckpoint(config.cleanModelPath);
  const work = estimateWork(config, counts);
  const isNeeded = attacks[config.attack].needsCleanModel || config.scenario === "fine_tuning";
  const stages = planStages(requestedStages(config), config.force).map((planned): CostedStage => {
    const trainsFirst = planned.reads.some(({ state }) => state === "made");
    const flops = work.stages[planned.stage] + (trainsFirst ? work.baseModel[planned.stage] : 0);
    return { ...planned, flops };
  });
  return {
    counts,
    dataset,
    cleanModel: {
      path: cleanModelFound ?? paths.cleanModelToWrite,
      onDisk: cleanModelFound !== undefined,
      isNeeded,
      flops: isNeeded && cleanModelFound === undefined ? work.cleanModel : 0,
    },
    attackFlops: craftingWork(config, counts),
    features: await countFeatures(config, paths.importantFeatures),
    resultsDir: paths.resultsDir,
    stages,
  };
}

/** A batch level that is asked for will find its features anew. */
async function countFeatures(config: RunConfig, path: string): Promise<Plan["features"]> {
  if (config.batchLevel || !existsSync(path)) return { count: config.maxFeatures, known: false };
  const { arrays } = await readManifest(path);
  const [count] = arrays.important_features?.shape ?? [config.maxFeatures];
  return { count, known: true };
}
