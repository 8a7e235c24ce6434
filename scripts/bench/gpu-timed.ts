import { arch, availableParallelism, release, type } from "node:os";
import type { Engine } from "../../src/engine/engine.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { createModel } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { median } from "../../src/statistics/median.js";
import { trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { programVersion } from "../../src/version.js";
import { type Figure, rounded, seconds } from "./figure.js";
import type { Work } from "./gpu-works.js";
import { hasPython, startPeer } from "./peer.js";

/** All that a reader must know of where the times that follow were measured. */
export function describeDevice({ description }: Engine): Figure {
  const { limits } = (tf.backend() as unknown as { readonly device: GPUDevice }).device;
  const system = `${type()} ${release()} ${arch()}, Node ${process.version}, poisonspot ${programVersion}`;
  const value = limits.maxStorageBufferBindingSize / 2 ** 20;
  return { name: `on ${description}; ${system}: largest tensor`, value: Math.floor(value), unit: "MiB" };
}

/** Two steps of a small network beside plain JavaScript's, in either precision. */
export async function* computesRight(): AsyncGenerator<Figure> {
  const expected = await smallTraining("cpu", "float32");
  for (const precision of ["float32", "mixed"] as const) {
    const found = await smallTraining("webgpu", precision).catch(() => undefined);
    if (found === undefined) continue;
    const again = await smallTraining("webgpu", precision);
    if (again.some((value, i) => !Object.is(value, found[i])))
      yield { name: `two steps of ResNet8, ${precision}: OTHER BYTES THE SECOND TIME`, value: 1, unit: "" };
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - found[i]))) / largest;
    yield {
      name: `two steps of ResNet8, ${precision}: weights' largest difference from plain JavaScript's, of the largest weight`,
      value: rounded(difference),
      unit: "",
      goal: precision === "float32" ? "<= 0.00001" : "<= 0.01",
    };
  }
  await startEngine({ engine: "webgpu" });
}

async function smallTraining(engine: "cpu" | "webgpu", precision: "float32" | "mixed"): Promise<number[]> {
  await startEngine({ engine, precision });
  const model = createModel("ResNet8", {
    classes: 4,
    inputShape: [8, 8, 3],
    width: 4,
    rng: createRng("bench"),
  });
  const optimizer = sgd({ learningRate: 0.05 });
  const rng = createRng("pixels");
  const images = tf.tensor4d(
    Float32Array.from({ length: 6 * 8 * 8 * 3 }, () => rng.normal()),
    [6, 8, 8, 3],
  );
  const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], "int32");
  for (let step = 0; step < 2; step++)
    trainStep(model, images, labels, optimizer, { training: true }).dispose();
  // Counters are the same everywhere, and large.
  const entries = [...(await model.stateDict()).values()].filter(({ dtype }) => dtype === "float32");
  const state = entries.flatMap(({ data }) => [...data]);
  tf.dispose([images, labels]);
  model.dispose();
  optimizer.dispose();
  return state;
}

/** How often work is done: a median is one of so many rounds, after a first that compiles, of so many repeats. */
export interface Effort {
  readonly rounds: number;
  readonly repeats: number;
}

/** Milliseconds of one run. */
async function millisecondsOf(run: () => tf.Tensor, { rounds, repeats }: Effort): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const time = await seconds(async () => {
      for (let i = 0; i < repeats; i++) {
        const result = run();
        if (i === repeats - 1) await result.data();
        result.dispose();
      }
    });
    if (round > 0) times.push((1000 * time) / repeats);
  }
  return median(times);
}

/** What a square matrix product of our own reaches. */
export async function productRate(side: number, effort: Effort): Promise<Figure> {
  const waves = () => tf.tidy(() => tf.reshape(tf.sin(tf.range(0, side ** 2)), [side, side]) as tf.Tensor2D);
  const [a, b] = [waves(), waves()];
  // The last element waits for all before it, and is all that is read.
  const ms = await millisecondsOf(() => tf.tidy(() => tf.slice(tf.matMul(a, b), [0, 0], [1, 1])), effort);
  tf.dispose([a, b]);
  const rate = (2 * side ** 3) / ms / 1e9;
  return { name: `matrix product of ${side}x${side}, float32`, value: rounded(rate), unit: "TFLOP/s" };
}

/** Time, rate beside that of a product, and PyTorch's time where it is installed. */
export async function* timed(
  { name, least, torch, run }: Work,
  product: Figure,
  effort: Effort,
): AsyncGenerator<Figure> {
  const ms = await millisecondsOf(run, effort);
  yield { name: `${name}: time`, value: rounded(ms), unit: "ms" };
  if (least === undefined) return;
  const rate = least.operations / ms / 1e9;
  yield {
    name: `${name}: rate`,
    value: rounded(rate),
    unit: "TFLOP/s",
    ratio: rounded(rate / product.value),
    against: `the product's ${product.value} TFLOP/s`,
  };
  if (torch === undefined) return;
  if (!hasPython("torch")) {
    yield { name: `${name}: PyTorch is not installed (python3 -c "import torch")`, value: 0, unit: "" };
    return;
  }
  const threads = availableParallelism();
  const { rounds, repeats } = effort;
  const peer = await startPeer("training_step.py", { ...torch, steps: repeats, threads, channelsLast: true });
  const times: number[] = [];
  let onGpu = 0;
  for (let round = 0; round <= rounds; round++) {
    const { seconds, gpu } = await peer.run();
    onGpu = gpu;
    if (round > 0) times.push((1000 * seconds) / repeats);
  }
  peer.close();
  const theirs = median(times);
  yield {
    name: `${name}: time`,
    value: rounded(ms),
    unit: "ms",
    ratio: rounded(ms / theirs),
    against: `PyTorch's ${rounded(theirs)} ms on ${onGpu ? "the GPU" : "the processor: it sees no GPU"}, channels last${torch.half ? ", autocast to float16" : ""}`,
  };
}
