/** A run of all six stages in seconds: flags without those of engine and folders. */
export const tinyRun =
  "--dataset synthetic --limit_per_class 20 --model ResNet8 --attack lc --eps 8 --attack_opt steps=3 --pr_tgt 0.5 --pr_sus 67 " +
  "--epochs 1 --ep_bl_base 1 --ep_sl_base 1 --ep_bl 1 --ep_sl 1 --bs 16 --bs_bl 16 --bs_sl 16 --lr 0.05 --groups 2 " +
  "--clean_training --poisoned_training --batch_level --sample_level --score_samples --retrain";
