import { UserError } from "../errors.js";
import { initialise } from "../nn/init.js";
import { type InputShape, Model, type Network } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import { resnet } from "./resnet.js";
import { vit } from "./vit.js";

interface ModelSpec {
  /** Channels of the first stage, or width of a token, in the published network. */
  readonly width: number;
  readonly build: (width: number, inputShape: InputShape, numClasses: number) => Network;
}

/** Every network. The key is the `--model` value. */
export const models = {
  ResNet18: {
    width: 64,
    build: (w, [, , channels], classes) =>
      resnet({ widths: [w, 2 * w, 4 * w, 8 * w], blocks: [2, 2, 2, 2] }, channels, classes),
  },
  ResNet8: {
    width: 16,
    build: (w, [, , channels], classes) =>
      resnet({ widths: [w, 2 * w, 4 * w], blocks: [1, 1, 1] }, channels, classes),
  },
  /** B/16 */
  ViT: {
    width: 768,
    build: (w, inputShape, classes) =>
      vit({ patch: 16, width: w, heads: w / 64, blocks: 12, hidden: 4 * w }, inputShape, classes),
  },
  /** Far smaller than the smallest published one, for tests and for machines without a GPU. */
  "ViT-Micro": {
    width: 16,
    build: (w, inputShape, classes) =>
      vit({ patch: 8, width: w, heads: w / 8, blocks: 2, hidden: 2 * w }, inputShape, classes),
  },
} as const satisfies Record<string, ModelSpec>;

type ModelName = keyof typeof models;

export interface ModelOptions {
  readonly classes: number;
  /** Height, width, channels. */
  readonly inputShape: InputShape;
  /** Channels of the first stage, or width of a token; the published network's by default. */
  readonly width?: number;
  /** Stream of the initial weights. */
  readonly rng?: Rng;
}

/**
 * A network with PyTorch's default initial weights.
 * @throws UserError for an unknown name
 */
export function createModel(name: string, options: ModelOptions): Model {
  if (!Object.hasOwn(models, name)) {
    throw new UserError(`Unknown model "${name}".`, `Use one of: ${Object.keys(models).join(", ")}.`);
  }
  const spec: ModelSpec = models[name as ModelName];
  const network = spec.build(options.width ?? spec.width, options.inputShape, options.classes);
  const model = new Model(name, options.inputShape, options.classes, network);
  initialise(model.entries, options.rng ?? createRng("model"));
  return model;
}
