import { engineSpeeds } from "../experiment/work-estimate.js";
import { models } from "../models/registry.js";
import type { ScanOptions } from "./options.js";

/** Forward, and the gradients with respect to inputs and to weights. */
const trainingPasses = 3;

/** What a scan takes on two cores: an estimate, made of the times of `npm run bench -- scan`. */
export interface Cost {
  /** Floating point operations of the training and of one pass after it. */
  readonly flops: number;
  /** With an engine on processors. */
  readonly seconds: Readonly<Record<keyof typeof engineSpeeds, number>>;
  /** Bytes of the process at its peak, with the tensorflow engine. */
  readonly memory: number;
}

/** Seconds an image takes beside operations of the network: to be augmented, in every epoch; */
const augmenting = 0.25e-3;
/** to be decoded, compared with others and transformed, once, and the last a pixel; */
const [once, oncePixel] = [2.5e-3, 0.15e-6];
/** in the test of its class, in each split. */
const testing = 0.3e-3;

/** Bytes of Node.js and the engine; */
const programBytes = 450e6;
/** of an image: what its pixels have unusual, and what the network makes of it, a few times over. */
const imageBytes = 7500;

/** @param side of the images, in pixels */
export function costOf(
  { model, epochs, bs, splits }: Pick<ScanOptions, "model" | "epochs" | "bs" | "splits">,
  images: number,
  side: number,
): Cost {
  const forward = models[model].forwardFlops * (side / madeFor(model)) ** 2;
  const flops = forward * images * (trainingPasses * epochs + 1);
  const beside = images * (augmenting * epochs + once + oncePixel * side ** 2 + testing * splits);
  return {
    flops,
    seconds: {
      tensorflow: flops / engineSpeeds.tensorflow + beside,
      wasm: flops / engineSpeeds.wasm + beside,
    },
    memory: programBytes + images * imageBytes + bs * trainedImageBytes(model, forward),
  };
}

/** Side of the images of which `forwardFlops` speaks. */
const madeFor = (model: ScanOptions["model"]): number =>
  model === "ViT" || model === "BasicResNet" ? 224 : 32;

/** Of what a training step keeps of an image: the more, the more operations, of narrow layers above all. */
const trainedImageBytes = (model: ScanOptions["model"], forward: number): number =>
  ((model.startsWith("ViT") ? 4 : 0.6) * forward) / models[model].width;
