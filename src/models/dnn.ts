import { leakyRelu } from "../nn/activations.js";
import { batchNorm } from "../nn/batch-norm.js";
import { dropout } from "../nn/dropout.js";
import { initialise } from "../nn/init.js";
import { linear } from "../nn/linear.js";
import { Model } from "../nn/model.js";
import { flatten } from "../nn/pooling.js";
import { sequential } from "../nn/sequential.js";
import type { Rng } from "../random/rng.js";

const HIDDEN = [512, 512, 256, 256, 128, 128, 64, 64, 32];

export interface DnnOptions {
  /** Length of an input vector. */
  readonly inputs: number;
  readonly classes: number;
  /** Share of units dropped in training; default 0.25. In the original dropout is on in evaluation, too; here it is not. */
  readonly dropoutRate?: number;
  /** Stream of the initial weights. */
  readonly rng: Rng;
}

/**
 * The fully connected network that scores rows: nine linear layers, each with batch norm, leaky relu and dropout, and a
 * tenth. A vector goes in as an image of one pixel, [N, 1, 1, inputs]. State in PyTorch's order: the linear layers
 * first, then the batch norms with a tenth, which nothing passes through.
 */
export function createDnn({ inputs, classes, dropoutRate = 0.25, rng }: DnnOptions): Model {
  const widths = [inputs, ...HIDDEN, classes];
  const linears = widths.slice(1).map((width, k) => linear(`fc${k + 1}`, widths[k], width));
  const norms = widths.slice(1).map((width, k) => batchNorm(`bn${k + 1}`, width));
  const activation = leakyRelu(0.01);
  const blocks = HIDDEN.flatMap((_, k) => [linears[k], norms[k], activation, dropout(dropoutRate, k)]);
  const network = sequential([...blocks, linears[HIDDEN.length]]);
  const entries = [...linears, ...norms].flatMap((layer) => layer.entries);
  const model = new Model("DNN", [1, 1, inputs], classes, { body: flatten, head: { ...network, entries } });
  initialise(model.entries, rng);
  return model;
}
