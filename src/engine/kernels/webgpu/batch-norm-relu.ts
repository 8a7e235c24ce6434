import { tf } from "../../tf.js";
import type { BatchNormRelu } from "../kernels.js";
import { batchNorm, batchNormGradient } from "./batch-norm.js";
import { ofImages } from "./sample-batch-norm.js";

export const batchNormRelu: BatchNormRelu = {
  forward(x, { scale, offset }, statistics, addend) {
    const ending = addend ? "sum and relu" : "relu";
    if (statistics === "batch") return batchNorm(x, scale, offset, { groups: 1, ending, addend });
    const { mean, variance, ...rest } = batchNorm(x, scale, offset, { groups: x.shape[0], ending, addend });
    const result = { ...rest, mean: ofImages(mean, x), variance: ofImages(variance, x) };
    tf.dispose([mean, variance]);
    return result;
  },

  gradient(dy, x, saved, statistics, output) {
    const gradient = batchNormGradient(dy, x, saved, output ? "sum and relu" : "relu", output);
    if (statistics === "batch") return gradient;
    const { scale, offset } = gradient;
    const result = { ...gradient, scale: ofImages(scale, x), offset: ofImages(offset, x) };
    tf.dispose([scale, offset]);
    return result;
  },
};
