import { UserError } from "../errors.js";
import { initialise } from "../nn/init.js";
import { type InputShape, Model, type Network } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import { resnet } from "./resnet.js";

interface ModelSpec {
  /** Channels of the first stage in the published network. */
  readonly width: number;
  readonly build: (width: number, inputChannels: number, numClasses: number) => Network;
}

/** Every network. The key is the `--model` value. */
export const models = {
  ResNet18: {
    width: 64,
    build: (w, channels, classes) =>
      resnet({ widths: [w, 2 * w, 4 * w, 8 * w], blocks: [2, 2, 2, 2] }, channels, classes),
  },
  ResNet8: {
    width: 16,
    build: (w, channels, classes) =>
      resnet({ widths: [w, 2 * w, 4 * w], blocks: [1, 1, 1] }, channels, classes),
  },
} as const satisfies Record<string, ModelSpec>;

type ModelName = keyof typeof models;

export interface ModelOptions {
  readonly classes: number;
  /** Height, width, channels. */
  readonly inputShape: InputShape;
  /** Channels of the first stage; the published network's by default. */
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
  const network = spec.build(options.width ?? spec.width, options.inputShape[2], options.classes);
  const model = new Model(name, options.inputShape, options.classes, network);
  initialise(model.entries, options.rng ?? createRng("model"));
  return model;
}
