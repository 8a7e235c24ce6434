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
  /** Side of an image over that of its smallest map that batch norm normalises; none without batch norm. */
  readonly shrink?: number;
}

const doubling = (width: number): number[] => [width, 2 * width, 4 * width, 8 * width];

/** Every network. The key is the `--model` value. */
export const models = {
  ResNet18: {
    width: 64,
    shrink: 8,
    build: (w, [, , channels], classes) =>
      resnet({ widths: doubling(w), blocks: [2, 2, 2, 2] }, channels, classes),
  },
  ResNet34: {
    width: 64,
    shrink: 8,
    build: (w, [, , channels], classes) =>
      resnet({ widths: doubling(w), blocks: [3, 4, 6, 3] }, channels, classes),
  },
  ResNet50: {
    width: 64,
    shrink: 8,
    build: (w, [, , channels], classes) =>
      resnet({ widths: doubling(w), blocks: [3, 4, 6, 3], block: "bottleneck" }, channels, classes),
  },
  ResNet8: {
    width: 16,
    shrink: 4,
    build: (w, [, , channels], classes) =>
      resnet({ widths: [w, 2 * w, 4 * w], blocks: [1, 1, 1] }, channels, classes),
  },
  BasicResNet: {
    width: 64,
    shrink: 32,
    build: (w, [, , channels], classes) => basicResNet(w, channels, classes),
  },
  CustomResNet18: {
    width: 64,
    shrink: 32,
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

function specOf(name: string): ModelSpec {
  if (Object.hasOwn(models, name)) return models[name as ModelName];
  throw new UserError(`Unknown model "${name}".`, `Use one of: ${Object.keys(models).join(", ")}.`);
}

/**
 * Finds out before any work whether a network can take images of this size.
 * @param samplesAlone whether single samples will go through it in training mode
 * @throws UserError
 */
export function checkImageSize(name: string, inputShape: InputShape, samplesAlone: boolean): void {
  const { build, width, shrink } = specOf(name);
  build(width, inputShape, 1);
  const [height, imageWidth] = inputShape;
  if (!samplesAlone || shrink === undefined || Math.max(height, imageWidth) > shrink) return;
  throw new UserError(
    `${name} shrinks ${height}x${imageWidth} images to one position, and batch norm cannot normalise a single sample there.`,
    `Use images of more than ${shrink} pixels a side, another --model, or --training_mode, which turns training mode off.`,
  );
}

/**
 * A network with PyTorch's default initial weights.
 * @throws UserError for an unknown name, or for images that the network cannot take
 */
export function createModel(name: string, options: ModelOptions): Model {
  const spec = specOf(name);
  const network = spec.build(options.width ?? spec.width, options.inputShape, options.classes);
  const model = new Model(name, options.inputShape, options.classes, network);
  initialise(model.entries, options.rng ?? createRng("model"));
  return model;
}
