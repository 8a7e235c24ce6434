import type { PoisonedData } from "../attacks/attack.js";
import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset } from "../datasets/image-set.js";
import type { Engine } from "../engine/engine.js";
import type { Rng } from "../random/rng.js";
import type { Reporter } from "../reporter.js";
import type { StageResult } from "../store/results.js";
import type { ArtefactPaths } from "./artefact-names.js";
import type { CleanBase } from "./clean-base.js";
import type { RunConfig } from "./run-config.js";

/** What a run has from its caller. */
export interface Run {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly engine: Engine;
}

/** What every stage of a run shares. */
export interface StageContext extends Run {
  readonly config: RunConfig;
  readonly paths: ArtefactPaths;
  /** The run's root stream. */
  readonly rng: Rng;
  readonly dataset: Dataset;
  /** Of training images. */
  readonly augmentation: AugmentationKind;
  readonly cleanBase: CleanBase;
  readonly poisoned: PoisonedData;
  /** Paths of the models this run has trained; --force does not train one twice. */
  readonly trained: Set<string>;
  /** int32, ascending: the poisons of all parts of the attack */
  readonly poisonIds: Int32Array;
}

/** A stage reads and writes artefacts under `context.paths`, and returns what it measured. */
export type Stage = (context: StageContext) => Promise<StageResult>;
