import { UserError } from "../errors.js";
import { initialise } from "../nn/init.js";
import { type InputShape, Model, type Network } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import { customCnn } from "./custom-cnn.js";
import { basicResNet, customResNet18 } from "./imagenet-resnet.js";
import { resnet } from "./resnet.js";
import { vit } from "./vit.js";

interface ModelSpec {
  /** Channels of the first stage, or width of a token, in the published network. */
  readonly width: number;
  readonly build: (width: number, inputShape: InputShape, numClasses: number) => Network;
}

const doubling = (width: number): number[] => [width, 2 * width, 4 * width, 8 * width];

/** Every network. The key is the `--model` value. */
export const models = {
  ResNet18: {
    width: 64,
    build: (w, [, , channels], classes) =>
      resnet({ widths: doubling(w), blocks: [2, 2, 2, 2] }, channels, classes),
  },
  ResNet34: {
    width: 64,
    build: (w, [, , channels], classes) =>
      resnet({ widths: doubling(w), blocks: [3, 4, 6, 3] }, channels, classes),
  },
  ResNet50: {
    width: 64,
    build: (w, [, , channels], classes) =>
      resnet({ widths: doubling(w), blocks: [3, 4, 6, 3], block: "bottleneck" }, channels, classes),
  },
  ResNet8: {
    width: 16,
    build: (w, [, , channels], classes) =>
      resnet({ widths: [w, 2 * w, 4 * w], blocks: [1, 1, 1] }, channels, classes),
  },
  BasicResNet: {
    width: 64,
    build: (w, [, , channels], classes) => basicResNet(w, channels, classes),
  },
  CustomResNet18: {
    width: 64,
    build: (w, [, , channels], classes) => customResNet18(w, channels, classes),
  },
  CustomCNN: { width: 64, build: customCnn },
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
 * @throws UserError for an unknown name, or for images that the network cannot take
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
