import { allIds, withoutIds } from "../datasets/select.js";
import { UserError } from "../errors.js";
import { sha256Of } from "../files/sha256.js";
import { poisonedModel } from "./base-model.js";
import type { Stage, StageContext } from "./context.js";
import { readExcluded } from "./excluded.js";
import { trainOrLoad } from "./trained-model.js";

const trainingIds = ({ poisoned }: StageContext) => allIds(poisoned.train.labels.length);

/** Upper bound: a model trained without any poison. */
export const cleanTraining: Stage = async (context) => {
  const { config, paths, poisonIds } = context;
  const { accuracy, testImages } = await trainOrLoad(context, {
    name: "clean training",
    path: paths.cleanModel,
    kind: "clean_model",
    ids: withoutIds(trainingIds(context), poisonIds),
    epochs: config.epochs,
  });
  return { epochs: config.epochs, cleanTrainingAccuracy: accuracy, testImages };
};

/** The model that obeys the trigger. */
export const poisonedTraining: Stage = async (context) => {
  const { epochs } = context.config;
  const { accuracy, asr, testImages, triggeredTestImages } = await trainOrLoad(
    context,
    poisonedModel(context, epochs),
  );
  return {
    epochs,
    poisonedTrainingAccuracy: accuracy,
    poisonedTrainingAsr: asr,
    testImages,
    triggeredTestImages,
  };
};

/** A model trained without the samples that scoring excluded. */
export const retrain: Stage = async (context) => {
  const { config, paths, reporter } = context;
  const excluded = await readExcluded(context);
  const ids = withoutIds(trainingIds(context), excluded);
  if (ids.length === 0) {
    throw new UserError("All training samples are excluded.", "Score again with another --threshold_type.");
  }
  reporter.info(`retrain: ${excluded.length} samples excluded, ${ids.length} left`);
  const { accuracy, asr, testImages, triggeredTestImages } = await trainOrLoad(context, {
    name: "retrain",
    path: paths.retrainedModel,
    kind: "retrained_model",
    ids,
    epochs: config.epochs,
    extra: { excluded: sha256Of(excluded) },
  });
  return {
    epochs: config.epochs,
    retrainAccuracy: accuracy,
    retrainAsr: asr,
    testImages,
    triggeredTestImages,
  };
};
