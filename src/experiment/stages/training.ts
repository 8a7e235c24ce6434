import { withoutIds } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { sha256Of } from "../../files/sha256.js";
import { readIndexList } from "../../store/index-list.js";
import { checkOrigin, type Inputs } from "../../store/origin.js";
import { originOf } from "../../workflow/artefact.js";
import { poisonedModel } from "../base-model.js";
import { readExcludeList } from "../exclude-list.js";
import type { Experiment, Stage } from "../experiment.js";
import { trainOrLoad } from "../trained-model.js";

/** Upper bound: a model trained without any poison. */
export const cleanTraining: Stage = async (experiment) => {
  const { artefacts, config, subject, truth } = experiment;
  const { accuracy, testImages } = await trainOrLoad(experiment, {
    name: "clean training",
    artefact: artefacts.cleanModel,
    ids: withoutIds(subject.trainIds, truth.allPoisonIds),
    epochs: config.epochs,
  });
  return { epochs: config.epochs, cleanTrainingAccuracy: accuracy, testImages };
};

/** The model that obeys the trigger. */
export const poisonedTraining: Stage = async (experiment) => {
  const { epochs } = experiment.config;
  const wanted = poisonedModel(experiment, epochs);
  const { accuracy, asr, asrByPart: _, ...counts } = await trainOrLoad(experiment, wanted);
  return { epochs, poisonedTrainingAccuracy: accuracy, poisonedTrainingAsr: asr, ...counts };
};

/** A model trained without the samples that scoring excluded. */
export const retrain: Stage = async (experiment) => {
  const { artefacts, config, subject, contents, run } = experiment;
  const excluded = await readExcluded(experiment);
  const ids = withoutIds(subject.trainIds, excluded);
  if (ids.length === 0) {
    throw new UserError("All training samples are excluded.", "Score again with another --threshold_type.");
  }
  run.reporter.info(`retrain: ${excluded.length} samples excluded, ${ids.length} left`);
  const { epochs } = config;
  const wanted = { name: "retrain", artefact: artefacts.retrainedModel, ids, epochs };
  const told: Inputs = config.excludeList === undefined ? {} : { "exclude list": sha256Of(excluded) };
  const known = { ...contents, digests: { ...contents.digests, ...told } };
  const {
    accuracy,
    asr,
    asrByPart: _,
    ...counts
  } = await trainOrLoad({ ...experiment, contents: known }, wanted);
  return { epochs, retrainAccuracy: accuracy, retrainAsr: asr, ...counts };
};

/** @returns int32, rows of the training set @throws UserError when missing, damaged or of another origin */
async function readExcluded({ artefacts, config, contents, subject }: Experiment): Promise<Int32Array> {
  if (config.excludeList !== undefined) return readExcludeList(config.excludeList, subject.trainIds.length);
  const { path } = artefacts.excluded;
  const hint = "Run --score_samples with the same settings again.";
  const { ids, origin } = await readIndexList(path, hint);
  const expected = await originOf(artefacts.excluded, contents);
  checkOrigin(path, origin, expected, "run --score_samples again with these");
  if (ids.some((id) => id < 0 || id >= subject.trainIds.length))
    throw new UserError(`${path} is damaged.`, hint);
  return ids;
}
