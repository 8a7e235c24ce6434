/* What the original's published command lines have in common. */

export const capture = "--batch_level --sample_level --score_samples --retrain";
export const fineTuneSa =
  "--attack sa --target_class 1 --source_class 0 --pr_sus 50 --pr_tgt 0.5 --scenario fine_tuning --clean_model_path ./saved_models/model_sa_resnet_200_128.pth --ep_bl_base 0 --sample_from_test";
export const fineTuneHt =
  "--attack ht --clean_model_path ./saved_models/htbd_art_model_200.pth --target_class 4 --source_class 3 --pr_tgt 0.5 --scenario fine_tuning --model CustomCNN --pr_sus 50 --sample_from_test";
export const slt10 =
  "--attack ht --clean_model_path saved_models/model_sa_vit_10_64.pth --target_class 4 --source_class 3 --pr_tgt 0.5 --scenario fine_tuning --model ViT --dataset slt10 --pr_sus 50  --sample_from_test --training_mode  --epochs 10   --lr 0.001 --opt adam";
export const imagenet =
  "--attack ht --clean_model_path saved_models/custom_resnet18_tinyimagenet_100_4.pth --target_class 40 --source_class 30 --pr_tgt 0.5 --scenario fine_tuning --model CustomResNet18 --dataset imagenet --pr_sus 50  --sample_from_test --training_mode  --epochs 10   --lr 0.001 --opt adam";
export const base64 = "--ep_bl 5 --ep_bl_base 1 --ep_sl_base 1 --bs 64 --bs_bl 64 --bs_sl 64";
