import { resolveCheckpoint } from "../store/checkpoint.js";
import type { Artefact } from "../workflow/artefact.js";
import { artefactPaths } from "./artefact-names.js";
import { cleanSettings } from "./clean-recipe.js";
import { type ArtefactKind, configForComparison } from "./comparison.js";
import type { RunConfig } from "./run-config.js";

/** A model that a training leaves, and what else it leaves. */
interface TrainedArtefacts {
  readonly model: Artefact;
  readonly optimizer: Artefact;
  readonly scheduler: Artefact;
}

/** Everything an experiment leaves behind, and what each was made from. */
export interface ExperimentArtefacts {
  /** What `--clean_training` leaves: trained without the poisons. */
  readonly cleanModel: Artefact;
  /** The poisoned model after some epochs; batch level and sample level start from theirs. */
  poisonedModel(epochs: number): TrainedArtefacts;
  readonly features: Artefact;
  readonly increments: Artefact;
  readonly excluded: Artefact;
  readonly retrainedModel: Artefact;
  readonly retrainControl: Artefact;
}

/** Pure: no file is looked at. */
export function artefactsOf(config: RunConfig): ExperimentArtefacts {
  const paths = artefactPaths(config);
  const isFineTuned = config.scenario === "fine_tuning";
  const artefact = (
    kind: string,
    path: string,
    settings: ArtefactKind,
    contents: readonly string[],
    madeFrom: readonly Artefact[] = [],
  ): Artefact => ({ kind, path, settings: configForComparison(config, settings), contents, madeFrom });
  const start = isFineTuned ? ["clean model"] : [];
  const poisonedModel = (epochs: number): TrainedArtefacts => {
    const settings = configForComparison(config, "model", epochs);
    const contents = ["dataset", "poisons", ...start];
    const beside = (kind: string, path: string): Artefact => ({
      kind,
      name: `  its ${kind}`,
      path,
      settings,
      contents,
      madeFrom: [],
    });
    return {
      model: {
        ...beside("poisoned model", paths.model(epochs)),
        name: `poisoned model, ${epochs} epochs`,
      },
      optimizer: beside("optimizer", paths.optimizer(epochs)),
      scheduler: beside("scheduler", paths.scheduler(epochs)),
    };
  };
  /** After no epochs a model has its initial weights, and no file. */
  const base = (epochs: number) => (epochs === 0 ? [] : [poisonedModel(epochs).model]);
  const watched = ["dataset", "poisons", "suspects", ...start];
  const features = artefact("features", paths.importantFeatures, "features", watched, base(config.epBlBase));
  const increments = artefact("increments", paths.increments, "increments", watched, [
    features,
    ...base(config.epSlBase),
  ]);
  const excluded = artefact("excluded samples", paths.indexesToExclude, "excluded", [], [increments]);
  const retrained = (kind: string, path: string): Artefact =>
    artefact(
      kind,
      path,
      "retrained_model",
      ["dataset", "poisons", "exclude list", ...start],
      config.excludeList === undefined ? [excluded] : [],
    );
  return {
    cleanModel: artefact("model without poisons", paths.cleanModel, "clean_model", [
      "dataset",
      "poison ids",
      ...start,
    ]),
    poisonedModel,
    features,
    increments,
    excluded,
    retrainedModel: retrained("retrained model", paths.retrainedModel),
    retrainControl: retrained("control of the retrained model", paths.retrainControl),
  };
}

/**
 * The clean model of `--clean_model_path`: the file found, which may come from anywhere so that only the network must fit,
 * or the one that would be trained.
 */
export async function cleanBaseArtefact(config: RunConfig): Promise<Artefact> {
  const found = await resolveCheckpoint(config.cleanModelPath);
  const settings = found === undefined ? cleanSettings(config) : configForComparison(config, "base_model");
  const path = found ?? artefactPaths(config).cleanModelToWrite;
  return { kind: "clean model", path, settings, contents: ["dataset"], madeFrom: [] };
}
