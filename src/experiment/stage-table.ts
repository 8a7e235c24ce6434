import type { StageDefinition, StageRead } from "../workflow/stage-definition.js";
import { artefactsOf } from "./artefacts.js";
import { flagRecord } from "./comparison.js";
import type { RunConfig } from "./run-config.js";
import { type StageName, stageNames } from "./stage-names.js";

/** What each stage of an experiment reads, writes and does, in the order in which they run. Pure. */
function stageTable(config: RunConfig): StageDefinition<StageName>[] {
  const { cleanModel, poisonedModel, features, increments, excluded, ...retrained } = artefactsOf(config);
  const { epochs, epBl, epBlBase, epSl, epSlBase, getResult, excludeList } = config;
  const training = {
    work: `train for ${epochs} epochs`,
    ...(getResult && { reportsOnly: true as const }),
  };
  const exclusion: StageRead<StageName>[] =
    excludeList === undefined ? [{ artefact: excluded, from: "score_samples" }] : [];
  /** A capture trains the model it starts from, where there is none; with no epochs it starts from initial weights. */
  const base = (baseEpochs: number): StageRead<StageName>[] => {
    if (baseEpochs === 0) return [];
    const { model, optimizer, scheduler } = poisonedModel(baseEpochs);
    const work = `train the model for ${baseEpochs} epochs`;
    const from = { work, leaves: [optimizer, scheduler], needs: [optimizer] };
    return [{ artefact: model, from }];
  };
  return [
    { name: "clean_training", ...training, reads: [], writes: [cleanModel] },
    { name: "poisoned_training", ...training, reads: [], writes: Object.values(poisonedModel(epochs)) },
    { name: "batch_level", work: `capture ${epBl} epochs`, reads: base(epBlBase), writes: [features] },
    {
      name: "sample_level",
      work: `capture ${epSl} epochs`,
      reads: [...base(epSlBase), { artefact: features, from: "batch_level" }],
      writes: [increments],
    },
    {
      name: "score_samples",
      work: "score the suspects",
      reads: [{ artefact: increments, from: "sample_level" }],
      writes: [excluded],
      repeats: true,
    },
    { name: "retrain", ...training, reads: exclusion, writes: [retrained.retrainedModel] },
    { name: "retrain_control", ...training, reads: exclusion, writes: [retrained.retrainControl] },
  ];
}

/** The stages a configuration asks for, in the order in which they run. */
export function requestedStages(config: RunConfig): StageDefinition<StageName>[] {
  const flags = flagRecord(config);
  const requested = stageNames.filter((name) => flags[name] === true);
  return stageTable(config).filter(({ name }) => requested.includes(name));
}
