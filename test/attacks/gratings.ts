import { fingerprint } from "../../src/datasets/fingerprint.js";
import type { Dataset, ImageSet } from "../../src/datasets/image-set.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { relu } from "../../src/nn/activations.js";
import { convolution } from "../../src/nn/convolution.js";
import { initialise } from "../../src/nn/init.js";
import { linear } from "../../src/nn/linear.js";
import { Model } from "../../src/nn/model.js";
import { flatten, maxPool } from "../../src/nn/pooling.js";
import { sequential } from "../../src/nn/sequential.js";
import { createRng, type Rng } from "../../src/random/rng.js";

const side = 16;
const classes = 4;

/** Noisy waves; sample i is of class i mod 4, the direction of its wave. */
function waves(rng: Rng, count: number): ImageSet {
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const images = new Uint8Array(count * side * side * 3);
  let at = 0;
  for (const label of labels) {
    const angle = (label * Math.PI) / classes;
    const phase = 2 * Math.PI * rng.uniform();
    const frequency = 2 + rng.uniform();
    const amplitudes = Array.from({ length: 3 }, () => 0.1 * (0.5 + rng.uniform()));
    for (let i = 0; i < side * side; i++) {
      const along = (i % side) * Math.cos(angle) + Math.floor(i / side) * Math.sin(angle);
      const wave = Math.sin((2 * Math.PI * frequency * along) / side + phase);
      for (const amplitude of amplitudes) {
        const value = 0.5 + amplitude * wave + 0.15 * rng.normal();
        images[at++] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
  return { pixels: memoryPixels(images, { height: side, width: side, channels: 3 }), labels };
}

/** 16x16 images of 4 classes that a small network learns in seconds. */
export function gratings(perClass = { train: 60, test: 50 }): Dataset {
  const rng = createRng("gratings");
  const train = waves(rng.fork("train"), classes * perClass.train);
  const test = waves(rng.fork("test"), classes * perClass.test);
  return {
    name: "gratings",
    classNames: Array.from({ length: classes }, (_, k) => `${k * 45} degrees`),
    train,
    test,
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    fingerprint: fingerprint(train, test),
  };
}

/** Two convolutions, each with relu and pooling, and a linear layer. */
export function gratingNetwork(rng: Rng): Model {
  const body = sequential([
    convolution("conv1", { inputs: 3, outputs: 8, kernel: 3, pad: 1, bias: true }),
    relu,
    maxPool({ kernel: 2, stride: 2 }),
    convolution("conv2", { inputs: 8, outputs: 16, kernel: 3, pad: 1, bias: true }),
    relu,
    maxPool({ kernel: 2, stride: 2 }),
    flatten,
  ]);
  const head = linear("head", 16 * (side / 4) ** 2, classes);
  const model = new Model("gratings", [side, side, 3], classes, { body, head });
  initialise(model.entries, rng);
  return model;
}
