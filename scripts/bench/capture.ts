import { availableParallelism } from "node:os";
import { createModel, type Model, sampleIncrements, startEngine } from "../../src/index.js";
import { createRng, sampleWithoutReplacement } from "../../src/random/rng.js";
import { type Benchmark, type Figure, inTurns, rounded, seconds } from "./figure.js";
import { hasPython, startPeer } from "./peer.js";

interface Work {
  readonly name: string;
  readonly model: "ResNet18" | "ViT-Micro" | "ViT";
  /** Side of the images in pixels. */
  readonly side: number;
  /** Of the vision transformers, as the other side builds them. */
  readonly vit?: Record<"width" | "heads" | "hidden" | "blocks" | "patch", number>;
  readonly samples: number;
  readonly trainingMode: boolean;
  readonly where: "anywhere" | "last stage and linear layer";
  readonly goal: string;
}

const features = 6000;
const rounds = 3;
/** The original's loop is slow: it does a part of the samples, and its time is counted a sample. */
const peerSamples = 12;

const resnet = { model: "ResNet18", side: 32, trainingMode: true, where: "anywhere", goal: ">= 4" } as const;
const late = { ...resnet, where: "last stage and linear layer", goal: ">= 7" } as const;
const micro = { width: 16, heads: 2, hidden: 32, blocks: 2, patch: 8 };
const tiny = { width: 192, heads: 3, hidden: 768, blocks: 12, patch: 16 };
const works: readonly Work[] = [
  { ...resnet, name: "ResNet-18", samples: 48 },
  { ...resnet, name: "ResNet-18", samples: 96 },
  { ...late, name: "ResNet-18, last stage", samples: 48 },
  { ...late, name: "ResNet-18, last stage", samples: 96 },
  { ...resnet, name: "ResNet-18, evaluation mode", samples: 48, trainingMode: false },
  { ...resnet, name: "ViT-Micro", model: "ViT-Micro", vit: micro, samples: 48 },
  { ...resnet, name: "ViT-tiny, 64x64", model: "ViT", vit: tiny, side: 64, samples: 48 },
  { ...resnet, name: "ViT-tiny, 224x224", model: "ViT", vit: tiny, side: 224, samples: 24 },
];

/** Per-sample increments at 6,000 features, against one sample at a time with all of the state flattened. */
export const capture: Benchmark = async function* () {
  await startEngine();
  for (const work of works) yield* captureOf(work);
};

async function* captureOf(work: Work): AsyncGenerator<Figure> {
  const { samples, side, trainingMode } = work;
  const rng = createRng("bench");
  const inputShape = [side, side, 3] as const;
  const model = createModel(work.model, { classes: 10, inputShape, width: work.vit?.width, rng });
  const places = sampleWithoutReplacement(rng, featuresOf(model, work), Math.min(features, model.stateSize));
  const data = Float32Array.from({ length: samples * side * side * 3 }, () => rng.normal());
  const images = { shape: [samples, ...inputShape], data };
  const labels = new Int32Array(samples).fill(2);
  const options = { optimizer: "sgd", learningRate: 0.1, trainingMode, dropoutSeed: 1 } as const;
  const timed = [() => seconds(() => sampleIncrements(model, images, labels, places, options))];
  const settings = { ...work, samples: peerSamples, features, threads: availableParallelism() };
  const peer = hasPython("torch") ? await startPeer("sample_capture.py", settings) : undefined;
  if (peer) timed.push(async () => (await peer.run()).seconds);
  const [time, theirs] = await inTurns(rounds, timed);
  peer?.close();
  model.dispose();
  const value = time / samples;
  yield {
    name: `capture, ${work.name}, ${samples} samples`,
    value: rounded(value * 1000),
    unit: "ms a sample",
    ...(peer && { ratio: rounded(theirs / peerSamples / value), against: "PyTorch, one by one" }),
    goal: work.goal,
  };
  const peak = process.resourceUsage().maxRSS / 1024;
  yield {
    name: `capture, ${work.name}, ${samples} samples, peak memory so far`,
    value: rounded(peak),
    unit: "MiB",
  };
}

function featuresOf(model: Model, { where }: Work): Int32Array {
  const all = Int32Array.from({ length: model.stateSize }, (_, k) => k);
  if (where === "anywhere") return all;
  const [first] = model.entries.filter((entry) => entry.name.startsWith("layer4"));
  return all.subarray(model.offsets.get(first));
}
