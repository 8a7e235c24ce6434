import { withoutIds } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { sha256Of } from "../../files/sha256.js";
import { readIndexList } from "../../store/index-list.js";
import { checkOrigin, type Inputs } from "../../store/origin.js";
import { type Artefact, originOf } from "../../workflow/artefact.js";
import { poisonedModel } from "../base-model.js";
import { drawControl } from "../draw-control.js";
import { readExcludeList } from "../exclude-list.js";
import type { Experiment, Stage } from "../experiment.js";
import type { Measured } from "../measure.js";
import { trainOrLoad } from "../trained-model.js";

/** Upper bound: a model trained without any poison. Its ASR is what the trigger does by itself. */
export const cleanTraining: Stage = async (experiment) => {
  const { artefacts, subject, truth } = experiment;
  const { epochs } = experiment.config;
  const {
    accuracy,
    asr,
    asrByPart: _,
    ...counts
  } = await trainOrLoad(experiment, {
    name: "clean training",
    artefact: artefacts.cleanModel,
    ids: withoutIds(subject.trainIds, truth.allPoisonIds),
    epochs,
  });
  return { epochs, cleanTrainingAccuracy: accuracy, cleanTrainingAsr: asr, ...counts };
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
  const excluded = await readExcluded(experiment);
  experiment.run.reporter.info(
    `retrain: ${excluded.length} samples excluded, ${experiment.subject.trainIds.length - excluded.length} left`,
  );
  const { artefacts } = experiment;
  const wanted = { name: "retrain", artefact: artefacts.retrainedModel, removed: excluded, excluded };
  const { accuracy, asr, ...counts } = await retrainWithout(experiment, wanted);
  return { ...counts, retrainAccuracy: accuracy, retrainAsr: asr };
};

/** The same without as many samples drawn at random: what removing so many does, whoever they are. */
export const retrainControl: Stage = async (experiment) => {
  const { artefacts, subject, truth, rng, run } = experiment;
  const name = "retrain control";
  const excluded = await readExcluded(experiment);
  const labels = subject.images.labels.subarray(0, subject.trainIds.length);
  const removed = drawControl(excluded, labels, rng.fork(`${name}/removed`));
  const poisons = removed.length - withoutIds(removed, truth.allPoisonIds).length;
  run.reporter.info(
    `${name}: ${removed.length} samples removed at random from the same classes, ${poisons} of them poisons`,
  );
  const wanted = { name, artefact: artefacts.retrainControl, removed, excluded };
  const { accuracy, asr, ...counts } = await retrainWithout(experiment, wanted);
  return { ...counts, retrainControlAccuracy: accuracy, retrainControlAsr: asr };
};

/** What of a training is the retrained model's and its control's own. */
interface Retraining {
  readonly name: string;
  readonly artefact: Artefact;
  /** int32, rows of the training set that are left out */
  readonly removed: Int32Array;
  /** int32, those that scoring or a user has excluded, of which the former hang */
  readonly excluded: Int32Array;
}

async function retrainWithout(
  experiment: Experiment,
  { name, artefact, removed, excluded }: Retraining,
): Promise<Omit<Measured, "asrByPart"> & { readonly epochs: number }> {
  const { config, contents, subject } = experiment;
  const ids = withoutIds(subject.trainIds, removed);
  if (ids.length === 0)
    throw new UserError("All training samples are excluded.", "Score again with another --threshold_type.");
  const { epochs, excludeList } = config;
  const told: Inputs = excludeList === undefined ? {} : { "exclude list": sha256Of(excluded) };
  const known = { ...contents, digests: { ...contents.digests, ...told } };
  const { asrByPart: _, ...measured } = await trainOrLoad(
    { ...experiment, contents: known },
    { name, artefact, ids, epochs },
  );
  return { epochs, ...measured };
}

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
