import { existsSync } from "node:fs";
import { attacks } from "../attacks/registry.js";
import { type StageName, stageNames } from "../config/names.js";
import { artefactPaths } from "../experiment/artefact-names.js";
import type { RunConfig } from "../experiment/run-config.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { readManifest } from "../store/manifest.js";
import { craftingWork } from "./crafting-work.js";
import { type Counts, countImages } from "./plan-counts.js";
import { findDataset, type PlannedDataset } from "./plan-dataset.js";
import { stageFiles } from "./plan-files.js";
import { estimateWork } from "./work-estimate.js";

/** A file a stage reads. */
interface PlannedRead {
  readonly path: string;
  /** "missing": the stage cannot run, `madeBy` has to come first. "made": the stage itself makes it first. */
  readonly state: "on disk" | "written above" | "made" | "missing";
  readonly madeBy: StageName | "this stage";
}

interface PlannedStage {
  readonly stage: StageName;
  readonly reads: readonly PlannedRead[];
  readonly writes: readonly string[];
  /** Floating point operations. */
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
  readonly stages: readonly PlannedStage[];
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
  const requested: Readonly<Record<StageName, boolean>> = {
    clean_training: config.cleanTraining,
    poisoned_training: config.poisonedTraining,
    batch_level: config.batchLevel,
    sample_level: config.sampleLevel,
    score_samples: config.scoreSamples,
    retrain: config.retrain,
  };
  const files = stageFiles(config, paths);
  const written = new Set<string>();
  const planned = (stage: StageName): PlannedStage => {
    const { reads, writes } = files[stage];
    const states = reads.map(({ path, madeBy }): PlannedRead => {
      const forced = madeBy === "this stage" && config.force;
      if (written.has(path)) return { path, madeBy, state: "written above" };
      if (existsSync(path) && !forced) return { path, madeBy, state: "on disk" };
      return { path, madeBy, state: madeBy === "this stage" ? "made" : "missing" };
    });
    const made = states.filter(({ state }) => state === "made");
    for (const path of [...writes, ...made.map((read) => read.path)]) written.add(path);
    const flops = work.stages[stage] + (made.length > 0 ? work.baseModel[stage] : 0);
    return { stage, reads: states, writes, flops };
  };
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
    stages: stageNames.filter((stage) => requested[stage]).map(planned),
  };
}

/** A batch level that is asked for will find its features anew. */
async function countFeatures(config: RunConfig, path: string): Promise<Plan["features"]> {
  if (config.batchLevel || !existsSync(path)) return { count: config.maxFeatures, known: false };
  const { arrays } = await readManifest(path);
  const [count] = arrays.important_features?.shape ?? [config.maxFeatures];
  return { count, known: true };
}
