import { findDawn, loadDawn, openDawn } from "../../src/engine/dawn.js";
import { type Engine, precisions } from "../../src/engine/engine.js";
import { useMixedPrecision } from "../../src/engine/kernels/webgpu/storage.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { openDevice, startWebgpuOnGpu } from "../../src/engine/webgpu.js";
import { registerWebgpu } from "../../src/engine/webgpu-backend.js";
import { messageOf } from "../../src/errors.js";
import type { Benchmark, BenchmarkSize, Figure } from "./figure.js";
import { countDevice } from "./gpu-count.js";
import { counted } from "./gpu-counted.js";
import { computesRight, describeDevice, productRate, timed } from "./gpu-timed.js";
import { resnetWorks, vitMasks, vitWorks } from "./gpu-works.js";

/**
 * What training steps and a capture give the device to do, counted on Dawn's null backend, which checks every call and
 * computes nothing; what that takes at least on three cards; and on a real GPU what it computes, and how fast.
 */
export const gpu: Benchmark = async function* (size) {
  if (!size.software) yield* counts();
  const engine = size.software ? await startEngine({ engine: "webgpu" }) : await startWebgpuOnGpu({});
  if (engine === undefined) {
    yield {
      name: "nothing is timed: Dawn finds no GPU here (poisonspot doctor says why)",
      value: 0,
      unit: "",
    };
    return;
  }
  for await (const figure of times(engine, size))
    yield engine.device === "gpu" ? figure : ofProcessor(figure);
};

/** No line of a processor's may pass for a GPU's. */
const ofProcessor = (figure: Figure): Figure => ({ ...figure, name: `NO GPU, a processor: ${figure.name}` });

async function* counts(): AsyncGenerator<Figure> {
  const dawn = findDawn();
  if (dawn === undefined) throw new Error("The package webgpu is not installed (docs/webgpu.md).");
  const { gpu, adapter } = await openDawn(await loadDawn(dawn), ["backend=null"], false);
  if (adapter === undefined) throw new Error("Dawn has no null backend.");
  const device = await openDevice(adapter, ["shader-f16"]);
  const count = countDevice(device);
  registerWebgpu(gpu, device, adapter);
  await tf.setBackend("webgpu");
  for (const precision of precisions) {
    useMixedPrecision(precision === "mixed");
    for (const work of resnetWorks({ images: 128, side: 32 }, precision)) yield* counted(work, count);
  }
  useMixedPrecision(false);
  for (const work of vitWorks(8)) yield* counted(work, count);
  yield vitMasks(8);
  tf.removeBackend("webgpu");
}

async function* times(engine: Engine, { images = 128, side = 32 }: BenchmarkSize): AsyncGenerator<Figure> {
  yield describeDevice(engine);
  yield* computesRight();
  const isGpu = engine.device === "gpu";
  const effort = isGpu ? { rounds: 3, repeats: 10 } : { rounds: 1, repeats: 1 };
  const rate = await productRate(isGpu ? 4096 : 256, effort);
  yield rate;
  for (const precision of precisions) {
    try {
      await startEngine({ engine: "webgpu", precision });
    } catch (error) {
      yield { name: `${precision} precision: ${messageOf(error)}`, value: 0, unit: "" };
      continue;
    }
    for (const work of resnetWorks({ images, side }, precision)) yield* timed(work, rate, effort);
  }
}
