/** The library behind the `poisonspot` command. Images and weights are plain typed arrays with shapes. */
export type { ImageArray, NumericArray } from "./api/arrays.js";
export { lossAndGradients, predict, projectedGradientDescent } from "./api/network.js";
export { batchDifferences, type LabelledImages, sampleIncrements } from "./api/provenance.js";
export { startEngine } from "./engine/start.js";
export { RunError, UserError } from "./errors.js";
export { createModel, type ModelOptions } from "./models/registry.js";
export type { Model } from "./nn/model.js";
export { type FeatureSelection, selectFeatures } from "./provenance/select-features.js";
