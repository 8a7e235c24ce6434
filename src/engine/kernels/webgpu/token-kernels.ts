import type { TokenKernels } from "../token-kernels.js";
import { attentionGradient, attentionWeights } from "./attention-weights.js";
import { channelSums, layerNormSums } from "./channel-sums.js";
import { gelu, geluGradient } from "./gelu.js";
import { headScores, headSums } from "./head-products.js";
import { layerNorm, layerNormGradient } from "./layer-norm.js";
import { linear } from "./linear.js";

export const tokenKernels: TokenKernels = {
  linear,
  channelSums,
  layerNorm,
  layerNormGradient,
  layerNormSums,
  gelu,
  geluGradient,
  headScores,
  headSums,
  attentionWeights,
  attentionGradient,
};
