import type { StageName } from "../config/names.js";
import type { ArtefactPaths } from "../experiment/artefact-names.js";
import type { RunConfig } from "../experiment/run-config.js";

interface NeededFile {
  readonly path: string;
  /** What happens when it is missing: the run makes it, or another stage has to. */
  readonly madeBy: "this stage" | StageName;
}

interface StageFiles {
  readonly reads: readonly NeededFile[];
  readonly writes: readonly string[];
}

/** What each stage reads from earlier ones and leaves for later ones; the dataset, figures and results aside. */
export function stageFiles(config: RunConfig, paths: ArtefactPaths): Readonly<Record<StageName, StageFiles>> {
  const training = (
    stage: StageName,
    model: string,
    others: readonly string[],
    needs: readonly NeededFile[],
  ) =>
    config.getResult
      ? { reads: [{ path: model, madeBy: stage }], writes: [] }
      : { reads: needs, writes: [model, ...others] };
  const state = [paths.optimizer(config.epochs), paths.scheduler(config.epochs)];
  const excluded: NeededFile = { path: paths.indexesToExclude, madeBy: "score_samples" };
  return {
    clean_training: training("clean_training", paths.cleanModel, [], []),
    poisoned_training: training("poisoned_training", paths.model(config.epochs), state, []),
    batch_level: { reads: baseModel(paths, config.epBlBase), writes: [paths.importantFeatures] },
    sample_level: {
      reads: [...baseModel(paths, config.epSlBase), { path: paths.importantFeatures, madeBy: "batch_level" }],
      writes: [paths.increments],
    },
    score_samples: {
      reads: [{ path: paths.increments, madeBy: "sample_level" }],
      writes: [paths.indexesToExclude],
    },
    retrain: training("retrain", paths.retrainedModel, [], [excluded]),
  };
}

/** After no epochs a model has its initial weights, and nothing is read. */
const baseModel = (paths: ArtefactPaths, epochs: number): readonly NeededFile[] =>
  epochs === 0 ? [] : [{ path: paths.model(epochs), madeBy: "this stage" }];
