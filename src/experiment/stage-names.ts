/** The stages in the order in which they run; each is a flag. */
export const stageNames = [
  "clean_training",
  "poisoned_training",
  "batch_level",
  "sample_level",
  "score_samples",
  "retrain",
  "retrain_control",
] as const;
export type StageName = (typeof stageNames)[number];
