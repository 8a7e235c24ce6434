import { models } from "../models/registry.js";
import { cleanRecipe } from "./clean-recipe.js";
import type { Counts } from "./plan-counts.js";
import type { RunConfig } from "./run-config.js";
import type { StageName } from "./stage-names.js";

/** Forward, and the gradients with respect to inputs and to weights. */
const TRAINING_PASSES = 3;
/** Suspects, clean-1 and clean-2. */
const GROUPS = 3;

/** Sustained floating point operations per second, measured on two AVX-512 cores; other machines differ. */
export const engineSpeeds = { tensorflow: 100e9, wasm: 9e9 } as const;

/** Floating point operations of a run's parts. */
export interface Work {
  /** Training a clean model for `--clean_model_path`, measured on clean test images alone. */
  readonly cleanModel: number;
  /** Of each stage with all it needs on disk; scoring is no work of this kind. */
  readonly stages: Readonly<Record<StageName, number>>;
  /** Of the base model a stage trains first when there is none. */
  readonly baseModel: Readonly<Record<StageName, number>>;
}

/** What a run costs, from the flags and the size of the data. */
export function estimateWork(config: RunConfig, counts: Counts): Work {
  const forward = models[config.model].forwardFlops;
  const evaluation = forward * (counts.test + counts.triggeredTest);
  const epoch = TRAINING_PASSES * forward * counts.train + evaluation;
  const capture = GROUPS * TRAINING_PASSES * forward * counts.suspects;
  const training = config.getResult ? evaluation : config.epochs * epoch;
  return {
    cleanModel: cleanRecipe(config).epochs * (epoch - forward * counts.triggeredTest),
    stages: {
      clean_training: training,
      poisoned_training: training,
      batch_level: config.epBl * (epoch + capture),
      sample_level: config.epSl * (epoch + capture),
      score_samples: 0,
      retrain: training,
      retrain_control: training,
    },
    baseModel: {
      clean_training: 0,
      poisoned_training: 0,
      batch_level: config.epBlBase * epoch,
      sample_level: config.epSlBase * epoch,
      score_samples: 0,
      retrain: 0,
      retrain_control: 0,
    },
  };
}

/** Rows of the provenance: each epoch, every suspect and as many clean-1 samples. */
export const provenanceRows = (config: RunConfig, counts: Counts): number =>
  config.epSl * 2 * counts.suspects;

const FLOAT32_BYTES = 4;
/** Scoring holds the rows as float32 and, for the forest, once more as 8-bit bins. */
const SCORING_BYTES = FLOAT32_BYTES + 1;

/** Bytes on disk (before compression) and in memory while scoring. */
export const provenanceBytes = (rows: number, features: number) => ({
  disk: rows * features * FLOAT32_BYTES,
  memory: rows * features * SCORING_BYTES,
});
