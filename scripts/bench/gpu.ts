import { findDawn, loadDawn } from "../../src/engine/dawn.js";
import { tf } from "../../src/engine/tf.js";
import { openDevice, startWebgpuOnGpu } from "../../src/engine/webgpu.js";
import { registerWebgpu } from "../../src/engine/webgpu-backend.js";
import { createModel } from "../../src/index.js";
import { sampleIncrementTensor } from "../../src/provenance/sample-increments.js";
import { createRng, sampleWithoutReplacement } from "../../src/random/rng.js";
import { median } from "../../src/statistics/median.js";
import { trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { type Benchmark, type Figure, rounded, seconds } from "./figure.js";
import { countDevice, type DeviceCount } from "./gpu-count.js";
import { type LeastWork, leastCapture, leastTrainingStep } from "./gpu-least.js";
import { noise } from "./noise.js";

/** Data sheets' numbers: float32 without matrix units, and the memory. */
const cards = [
  { name: "H100 SXM", teraflops: 67, gigabytes: 3350 },
  { name: "RTX 4060 Laptop", teraflops: 14.6, gigabytes: 256 },
  { name: "Apple M2, 10 cores", teraflops: 3.6, gigabytes: 100 },
] as const;

interface Work {
  readonly name: string;
  readonly least: LeastWork;
  /** Does the work, given to the device in full; the result is what to wait for. */
  readonly run: () => tf.Tensor;
}

/**
 * What a training step and a capture of ResNet-18 give the device to do, counted on Dawn's null backend, which checks
 * every call and computes nothing; what that takes at least on three cards; and on a real GPU the time.
 */
export const gpu: Benchmark = async function* () {
  const dawn = findDawn();
  if (dawn === undefined) throw new Error("The package webgpu is not installed (docs/webgpu.md).");
  const { create } = await loadDawn(dawn);
  const none = create(["backend=null"]);
  const adapter = await none.requestAdapter();
  if (adapter === null) throw new Error("Dawn has no null backend.");
  const device = await openDevice(adapter as Parameters<typeof openDevice>[0]);
  const count = countDevice(device);
  registerWebgpu(none, device, adapter as Parameters<typeof openDevice>[0]);
  await tf.setBackend("webgpu");
  for (const work of works()) yield* counted(work, count);
  tf.removeBackend("webgpu");

  const engine = await startWebgpuOnGpu({});
  if (engine !== undefined) for (const work of works()) yield await timed(work, engine.description);
};

function* works(): Generator<Work> {
  const rng = createRng("bench");
  const model = createModel("ResNet18", { classes: 10, inputShape: [32, 32, 3], rng });
  const optimizer = sgd({ learningRate: 0.01 });
  const batch = (size: number) => ({
    images: noise([size, 32, 32, 3], 1),
    labels: tf.tensor1d(
      Int32Array.from({ length: size }, (_, i) => i % 10),
      "int32",
    ),
  });
  const [trained, captured] = [batch(128), batch(64)];
  yield {
    name: "training step, batch 128",
    least: leastTrainingStep(128),
    run: () => trainStep(model, trained.images, trained.labels, optimizer, { training: true }),
  };
  const all = Int32Array.from({ length: model.stateSize }, (_, k) => k);
  const features = sampleWithoutReplacement(rng, all, 6000);
  yield {
    name: "capture, 64 samples, 6,000 features",
    least: leastCapture(64),
    run: () =>
      sampleIncrementTensor(model, captured.images, captured.labels, features, {
        optimizer: "sgd",
        learningRate: 0.1,
        trainingMode: true,
      }),
  };
  tf.dispose([trained.images, trained.labels, captured.images, captured.labels]);
  model.dispose();
  optimizer.dispose();
}

/** The second run: the first makes the optimizer's state. */
async function* counted({ name, least, run }: Work, count: DeviceCount): AsyncGenerator<Figure> {
  const wait = async (result: tf.Tensor) => {
    await result.data();
    result.dispose();
  };
  await wait(run());
  const before = { ...count, byLabel: new Map([...count.byLabel].map(([k, v]) => [k, { ...v }])) };
  await wait(run());
  const { submissions, passes, dispatches, bytes } = difference(count, before);
  yield { name: `${name}: dispatches`, value: dispatches, unit: "", goal: "<= 250" };
  yield { name: `${name}: passes`, value: passes, unit: "" };
  yield { name: `${name}: submissions`, value: submissions, unit: "" };
  yield {
    name: `${name}: read and written`,
    value: rounded(bytes / 1e9),
    unit: "GB",
    ratio: rounded(bytes / least.bytes),
    against: `the least, ${rounded(least.bytes / 1e9)} GB`,
    goal: "<= 1.5",
  };
  const shares = [...count.byLabel]
    .map(([label, now]) => ({ label, ...since(now, before.byLabel.get(label)) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 12);
  for (const { label, dispatches, bytes } of shares) {
    yield { name: `${name}: ${dispatches} x ${label}`, value: rounded(bytes / 1e9), unit: "GB" };
  }
  for (const { name: card, teraflops, gigabytes } of cards) {
    const compute = least.operations / teraflops / 1e9;
    const memory = bytes / gigabytes / 1e6;
    const shown = `${rounded(least.operations / 1e12)} TFLOP / ${teraflops} TFLOP/s = ${rounded(compute)} ms, ${rounded(bytes / 1e9)} GB / ${gigabytes} GB/s = ${rounded(memory)} ms`;
    yield {
      name: `${name}: at least, on ${card} (${shown})`,
      value: rounded(Math.max(compute, memory)),
      unit: "ms",
    };
  }
}

type Sums = Pick<DeviceCount, "submissions" | "passes" | "dispatches" | "bytes">;

const difference = (now: Sums, before: Sums): Sums => ({
  submissions: now.submissions - before.submissions,
  passes: now.passes - before.passes,
  dispatches: now.dispatches - before.dispatches,
  bytes: now.bytes - before.bytes,
});

const since = (
  now: { dispatches: number; bytes: number },
  before: { dispatches: number; bytes: number } = { dispatches: 0, bytes: 0 },
) => ({ dispatches: now.dispatches - before.dispatches, bytes: now.bytes - before.bytes });

const repeats = 10;

async function timed({ name, run }: Work, device: string): Promise<Figure> {
  const times: number[] = [];
  for (let round = 0; round < 4; round++) {
    const time = await seconds(async () => {
      for (let i = 0; i < repeats; i++) {
        const result = run();
        if (i === repeats - 1) await result.data();
        result.dispose();
      }
    });
    if (round > 0) times.push(time / repeats);
  }
  return { name: `${name}: time on ${device}`, value: rounded(1000 * median(times)), unit: "ms" };
}
