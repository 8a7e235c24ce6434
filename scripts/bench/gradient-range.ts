import { kernels } from "../../src/engine/kernels/index.js";
import { gradientScale } from "../../src/engine/kernels/webgpu/storage.js";
import { tf } from "../../src/engine/tf.js";
import { createModel, startEngine } from "../../src/index.js";
import { createRng, type Rng } from "../../src/random/rng.js";
import { trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { type Benchmark, type Figure, rounded } from "./figure.js";

/** Of float16 with the scale that mixed precision stores gradients by: the smallest, the smallest with all digits, the largest. */
const [least, whole, most] = [2 ** -24, 2 ** -14, 65504].map((value) => value / gradientScale);

const [side, batch] = [32, 64];

/**
 * Where the gradients of a training in float32 lie in the range that mixed precision has for them: those of all outputs and inputs of
 * convolutions, at its start, in its midst and at its end.
 */
export const gradientRange: Benchmark = async function* () {
  await startEngine();
  yield* ofTraining("ResNet8", 60, 0.05);
  yield* ofTraining("ResNet18", 20, 0.02);
};

async function* ofTraining(network: string, steps: number, learningRate: number): AsyncGenerator<Figure> {
  const rng = createRng("range");
  const model = createModel(network, { classes: 10, inputShape: [side, side, 3], rng });
  const optimizer = sgd({ learningRate });
  for (let step = 0; step <= steps; step++) {
    const { images, labels } = waves(rng);
    const isLooked = [0, steps / 2, steps].includes(step);
    const seen: tf.Tensor[] = [];
    const restore = isLooked ? keepGradients(seen) : undefined;
    const loss = trainStep(model, images, labels, optimizer, { training: true });
    restore?.();
    if (isLooked) {
      const at = `${network}, batch ${batch}, after ${step} steps (loss ${rounded((await loss.data())[0])})`;
      yield* shares(at, seen);
    }
    tf.dispose([loss, images, labels, ...seen]);
  }
  optimizer.dispose();
  model.dispose();
}

/** From now on what the kernels return as gradients is seen. @returns what ends that */
function keepGradients(seen: tf.Tensor[]): () => void {
  const engine = kernels();
  const { batchNormGradient, convolutionInputGradient } = engine;
  engine.batchNormGradient = (...args) => {
    const result = batchNormGradient(...args);
    seen.push(result.input.clone());
    return result;
  };
  engine.convolutionInputGradient = (...args) => {
    const result = convolutionInputGradient(...args);
    seen.push(result.clone());
    return result;
  };
  return () => Object.assign(engine, { batchNormGradient, convolutionInputGradient });
}

async function* shares(at: string, seen: readonly tf.Tensor[]): AsyncGenerator<Figure> {
  let [count, lost, rough, above, largest] = [0, 0, 0, 0, 0];
  for (const tensor of seen) {
    for (const value of await tensor.data()) {
      const size = Math.abs(value);
      if (size === 0) continue;
      count++;
      if (size < least) lost++;
      else if (size < whole) rough++;
      if (size > most) above++;
      largest = Math.max(largest, size);
    }
  }
  const percent = (part: number) => rounded((100 * part) / count);
  yield { name: `${at}: gradients below ${least.toExponential(1)}, lost`, value: percent(lost), unit: "%" };
  yield {
    name: `${at}: below ${whole.toExponential(1)}, with fewer digits`,
    value: percent(rough),
    unit: "%",
  };
  yield { name: `${at}: above ${rounded(most)}, cut`, value: percent(above), unit: "%" };
  yield { name: `${at}: the largest`, value: rounded(largest), unit: "" };
}

/** Ten classes of waves with noise, learnt within some ten steps. */
function waves(rng: Rng): { images: tf.Tensor4D; labels: tf.Tensor1D } {
  const labels = Int32Array.from({ length: batch }, (_, n) => n % 10);
  const pixels = [...labels].flatMap((label) => {
    const phase = 6 * rng.uniform();
    return Array.from({ length: side * side * 3 }, (_, i) => {
      const along = i % 3 === 1 ? Math.floor(i / 3) % side : Math.floor(i / 3 / side);
      return Math.sin((0.2 + 0.15 * label) * along + phase) + 0.5 * rng.normal();
    });
  });
  return { images: tf.tensor4d(pixels, [batch, side, side, 3]), labels: tf.tensor1d(labels, "int32") };
}
