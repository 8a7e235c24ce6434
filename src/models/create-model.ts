import { UserError } from "../errors.js";
import { initialise } from "../nn/init.js";
import { type InputShape, Model, type Network } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import type { BuildNetwork, ModelAbout } from "./about.js";
import { modelNames, models } from "./registry.js";

/** Their code comes with this file, and not with the registry, so that the registry can be read without the engine. */
const networks = new Map<string, BuildableModel>(
  await Promise.all(
    modelNames.map(async (name) => [name, { ...models[name], build: await models[name].load() }] as const),
  ),
);

interface BuildableModel extends ModelAbout {
  readonly build: BuildNetwork;
}

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
 * A network's layers, without weights.
 * @throws UserError for an unknown name, or for images that the network cannot take
 */
export function buildNetwork(
  name: string,
  { classes, inputShape, width }: Omit<ModelOptions, "rng">,
): Network {
  const model = modelNamed(name);
  return model.build(width ?? model.width, inputShape, classes);
}

function modelNamed(name: string): BuildableModel {
  const model = networks.get(name);
  if (model) return model;
  throw new UserError(`Unknown model "${name}".`, `Use one of: ${modelNames.join(", ")}.`);
}

/**
 * Finds out before any work whether a network can take images of this size.
 * @param samplesAlone whether single samples will go through it in training mode
 * @throws UserError
 */
export function checkImageSize(name: string, inputShape: InputShape, samplesAlone: boolean): void {
  buildNetwork(name, { classes: 1, inputShape });
  const { shrink } = modelNamed(name);
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
  const network = buildNetwork(name, options);
  const model = new Model(name, options.inputShape, options.classes, network);
  initialise(model.entries, options.rng ?? createRng("model"));
  return model;
}
