/**
 * The library behind the `poisonspot` command. Images and weights come and go as plain typed arrays with shapes; start
 * an engine before the first call that computes.
 */
export type { ImageArray, NumericArray } from "./api/arrays.js";
export { type LossAndGradients, lossAndGradients, predict, projectedGradientDescent } from "./api/network.js";
export { batchDifferences, type LabelledImages, sampleIncrements } from "./api/provenance.js";
export { type TrainOptions, train } from "./api/training.js";
export type { PgdOptions } from "./attacks/label-consistent/projected-gradient-descent.js";
export type { LoadOptions } from "./datasets/about.js";
export type { AugmentationKind } from "./datasets/augmentation.js";
export type { Dataset, ImageSet, Normalization } from "./datasets/image-set.js";
export { loadDataset } from "./datasets/load-dataset.js";
export type { Engine, EngineOptions } from "./engine/engine.js";
export { startEngine } from "./engine/start.js";
export { RunError, UserError } from "./errors.js";
export { createModel, type ModelOptions } from "./models/create-model.js";
export type { Model } from "./nn/model.js";
export type { FeatureMaxima } from "./provenance/running-maxima.js";
export type { SampleIncrementOptions } from "./provenance/sample-increments.js";
export { type FeatureSelection, selectFeatures } from "./provenance/select-features.js";
export { type Reporter, silentReporter } from "./reporter.js";
export { type Forest, type ForestOptions, trainForest } from "./scoring/forest/forest.js";
export type { Matrix } from "./scoring/table/matrix.js";
export { type GaussianThreshold, gaussianThreshold } from "./scoring/thresholds/gaussian.js";
export { type KmeansThreshold, kmeansThreshold } from "./scoring/thresholds/kmeans.js";
export { readCheckpoint, writeCheckpoint } from "./store/checkpoint.js";
export type { StateDict } from "./store/state-dict.js";
export { evaluate } from "./training/evaluate.js";
