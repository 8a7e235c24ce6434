import { availableParallelism } from "node:os";
import { kernels } from "../../src/engine/kernels/index.js";
import { tf } from "../../src/engine/tf.js";
import { createModel, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { type Benchmark, type Figure, inTurns, rounded, seconds } from "./figure.js";
import { noise } from "./noise.js";
import { hasPython, startPeer } from "./peer.js";

const steps = 2;
const rounds = 5;

/** Multiply-adds times two of one image through ResNet-18, forward and both gradients. */
const resnet18Operations = 3 * 2 * 0.556e9;

/** One step of ResNet-18 (CIFAR): forward, backward, SGD. */
export const trainingStep: Benchmark = async function* () {
  await startEngine();
  for (const batch of [64, 128]) yield* stepOf(batch);
};

async function* stepOf(batch: number): AsyncGenerator<Figure> {
  const rng = createRng("bench");
  const model = createModel("ResNet18", { classes: 10, inputShape: [32, 32, 3], rng });
  const optimizer = sgd({ learningRate: 0.01 });
  const images = noise([batch, 32, 32, 3], 1);
  const labels = tf.tensor1d(Int32Array.from({ length: batch }, (_, i) => i % 10));
  const ours = () =>
    seconds(async () => {
      for (let step = 0; step < steps; step++) {
        const loss = trainStep(model, images, labels, optimizer, { training: true });
        if (step === steps - 1) await loss.data();
        loss.dispose();
      }
    });
  const works = [ours, () => largeConvolution(batch)];
  const threads = availableParallelism();
  const peers = hasPython("torch")
    ? [
        await startPeer("training_step.py", { batch, steps, threads, channelsLast: false }),
        await startPeer("training_step.py", { batch, steps, threads, channelsLast: true }),
      ]
    : [];
  for (const peer of peers) works.push(async () => (await peer.run()).seconds);
  const [time, convolution, ...torch] = await inTurns(rounds, works);
  for (const peer of peers) peer.close();
  tf.dispose([images, labels]);
  optimizer.dispose();
  model.dispose();

  const name = `training step, ResNet-18, batch ${batch}`;
  const against = ["PyTorch", "PyTorch, channels last"];
  const ratios = torch.map((theirs, k) => ({ ratio: rounded(time / theirs), against: against[k] }));
  for (const ratio of ratios) yield { name, value: rounded(time / steps), unit: "s", ...ratio, goal: "<= 1" };
  const rate = (batch * steps * resnet18Operations) / time / 1e9;
  const best = (batch * convolutionOperations) / convolution / 1e9;
  yield {
    name: `${name}, rate`,
    value: rounded(rate),
    unit: "GFLOP/s",
    ratio: rounded(rate / best),
    against: `a large convolution's ${rounded(best)} GFLOP/s`,
    goal: ">= 0.85",
  };
}

/** Two times the multiply-adds of one image through 3x3 filters, 128 -> 128 channels, 16x16 positions. */
const convolutionOperations = 2 * 9 * 128 * 128 * 16 * 16;

async function largeConvolution(batch: number): Promise<number> {
  const [x, filter] = tf.tidy(() => [noise([batch, 16, 16, 128], 1), noise([3, 3, 128, 128], 2)]);
  const run = () => kernels().convolution(x, filter, { stride: 1, pad: 1 }).dispose();
  run();
  const repeats = 10;
  const time = await seconds(async () => {
    for (let i = 0; i < repeats; i++) run();
  });
  tf.dispose([x, filter]);
  return time / repeats;
}
