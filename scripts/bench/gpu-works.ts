import type { Precision } from "../../src/engine/engine.js";
import { tf } from "../../src/engine/tf.js";
import { createModel } from "../../src/index.js";
import { dropoutMask } from "../../src/nn/dropout.js";
import { sampleIncrementTensor } from "../../src/provenance/sample-increments.js";
import { createRng, sampleWithoutReplacement } from "../../src/random/rng.js";
import { median } from "../../src/statistics/median.js";
import { trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { type Figure, rounded } from "./figure.js";
import { type LeastWork, leastCapture, leastTrainingStep } from "./gpu-least.js";
import { noise } from "./noise.js";

/** Something that a device is given to do. */
export interface Work {
  readonly name: string;
  /** What it takes at least, where that has been worked out. */
  readonly least?: LeastWork;
  /** Settings of the same work in PyTorch, peers/training_step.py. */
  readonly torch?: { readonly batch: number; readonly side: number; readonly half: boolean };
  /** Does the work, given to the device in full; the result is what to wait for. */
  readonly run: () => tf.Tensor;
}

export interface WorkSize {
  /** In a training step; a capture takes half as many, rounded up. */
  readonly images: number;
  /** Pixels. */
  readonly side: number;
}

/** A training step and a capture of ResNet-18. */
export function* resnetWorks({ images, side }: WorkSize, precision: Precision): Generator<Work> {
  const rng = createRng("bench");
  const model = createModel("ResNet18", { classes: 10, inputShape: [side, side, 3], rng });
  const optimizer = sgd({ learningRate: 0.01 });
  const samples = Math.ceil(images / 2);
  const [trained, captured] = [batchOf(images, side), batchOf(samples, side)];
  const of = precision === "mixed" ? ", mixed precision" : "";
  yield {
    name: `training step, batch ${images}${of}`,
    least: leastTrainingStep({ images, side, precision }),
    torch: { batch: images, side, half: precision === "mixed" },
    run: () => trainStep(model, trained.images, trained.labels, optimizer, { training: true }),
  };
  const all = Int32Array.from({ length: model.stateSize }, (_, k) => k);
  const features = sampleWithoutReplacement(rng, all, 6000);
  const step = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
  yield {
    name: `capture, ${samples} samples, 6,000 features${of}`,
    least: leastCapture({ images: samples, side, precision }),
    run: () => sampleIncrementTensor(model, captured.images, captured.labels, features, step),
  };
  tf.dispose([trained.images, trained.labels, captured.images, captured.labels]);
  model.dispose();
  optimizer.dispose();
}

/** A training step of ViT-B/16 on images of 224x224 pixels. */
export function* vitWorks(images: number): Generator<Work> {
  const side = 224;
  const model = createModel("ViT", { classes: 10, inputShape: [side, side, 3], rng: createRng("bench") });
  const optimizer = sgd({ learningRate: 0.01 });
  const batch = batchOf(images, side);
  yield {
    name: `training step of ViT-B/16, ${images} images of ${side}x${side}`,
    run: () => trainStep(model, batch.images, batch.labels, optimizer, { training: true, dropoutSeed: 1 }),
  };
  tf.dispose([batch.images, batch.labels]);
  model.dispose();
  optimizer.dispose();
}

/** What the processor takes to draw that step's dropout masks: three a block, of the weights and of the tokens. */
export function vitMasks(images: number): Figure {
  const [blocks, heads, tokens, width] = [12, 12, 197, 768];
  const shapes = [[images, heads, tokens, tokens], ...Array(2).fill([images, tokens, width])];
  const draw = (dropoutSeed: number): number => {
    const start = process.cpuUsage();
    for (let index = 0; index < 3 * blocks; index++) {
      const pass = { training: true, statistics: "batch", record: true, dropoutSeed } as const;
      dropoutMask(shapes[index % 3], { rate: 0.1, index }, pass)?.dispose();
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  draw(0);
  const name = `training step of ViT-B/16, ${images} images of 224x224: drawing dropout's masks`;
  return { name, value: rounded(median([1, 2, 3].map(draw))), unit: "ms of a core" };
}

const batchOf = (size: number, side: number) => ({
  images: noise([size, side, side, 3], 1),
  labels: tf.tensor1d(
    Int32Array.from({ length: size }, (_, i) => i % 10),
    "int32",
  ),
});
