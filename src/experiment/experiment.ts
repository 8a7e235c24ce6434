import type { Dataset, ImageSet } from "../datasets/image-set.js";
import type { Rng } from "../random/rng.js";
import type { Run } from "../run.js";
import type { Subject } from "../training/subject.js";
import type { Contents } from "../workflow/artefact.js";
import type { ArtefactPaths } from "./artefact-names.js";
import type { ExperimentArtefacts } from "./artefacts.js";
import type { CleanBase } from "./clean-base.js";
import type { StageResult } from "./results.js";
import type { RunConfig } from "./run-config.js";

/** What only who planted the poisons knows. It is looked at after scoring, never before. */
export interface Truth {
  /** int32, ascending rows of the training set, by attack (one key but for mixes) */
  readonly poisonIds: Readonly<Record<string, Int32Array>>;
  /** int32, ascending: those of all parts together */
  readonly allPoisonIds: Int32Array;
  /** Triggered test images labelled with the target class, by attack. */
  readonly triggeredTests: Readonly<Record<string, ImageSet>>;
}

/** A run of the original's experiment: a training set with poisons that we planted, and where everything is kept. */
export interface Experiment {
  readonly config: RunConfig;
  readonly paths: ArtefactPaths;
  readonly artefacts: ExperimentArtefacts;
  readonly run: Run;
  /** For people. */
  readonly engine: string;
  /** The run's root stream. */
  readonly rng: Rng;
  /** As it was before the attack. */
  readonly dataset: Dataset;
  /** The poisoned training set, and after it the clean test images, which may serve as reference. */
  readonly subject: Subject;
  readonly truth: Truth;
  readonly cleanBase: CleanBase;
  readonly contents: Contents;
  /** Paths of the models this run has trained; --force does not train one twice. */
  readonly trained: Set<string>;
}

/** A stage of an experiment reads and writes artefacts, and returns what it measured. */
export type Stage = (experiment: Experiment) => Promise<StageResult>;
