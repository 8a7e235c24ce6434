import type { BatchNormRelu } from "../kernels.js";
import { batchNorm, batchNormGradient } from "./batch-norm.js";

export const batchNormRelu: BatchNormRelu = {
  forward: (x, parameters, statistics, addend) =>
    batchNorm(x, parameters, { statistics, ending: addend ? "sum and relu" : "relu" }, addend),

  gradient: (dy, x, saved, statistics, output) =>
    batchNormGradient(dy, x, saved, { statistics, ending: output ? "sum and relu" : "relu" }, output),
};
