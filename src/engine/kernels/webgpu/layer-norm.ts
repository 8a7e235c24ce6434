import type { TokenKernels } from "../token-kernels.js";
import { layerNormGradientWgsl, layerNormWgsl } from "./layer-norm.wgsl.js";
import { rowThreads } from "./row-reductions.wgsl.js";
import { dispatch } from "./shader.js";
import { mostGroups } from "./tiles.js";

export const layerNorm: TokenKernels["layerNorm"] = (x, scale, offset, epsilon) => {
  const rows = x.size / scale.size;
  const [output, saved] = dispatch(
    { label: "layer norm", wgsl: layerNormWgsl, constants: { THREADS: rowThreads, EPSILON: epsilon } },
    { inputs: [x, scale, offset], outputs: [x.shape, [rows, 2]], workgroups: [Math.min(mostGroups, rows)] },
  );
  return { output, saved };
};

export const layerNormGradient: TokenKernels["layerNormGradient"] = (dy, x, scale, saved) => {
  const rows = x.size / scale.size;
  const [dx] = dispatch(
    { label: "layer norm gradient", wgsl: layerNormGradientWgsl, constants: { THREADS: rowThreads } },
    { inputs: [dy, x, scale, saved], outputs: [x.shape], workgroups: [Math.min(mostGroups, rows)] },
  );
  return dx;
};
