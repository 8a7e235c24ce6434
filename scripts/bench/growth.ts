import { createModel, sampleIncrements, startEngine } from "../../src/index.js";
import { createRng, sampleWithoutReplacement } from "../../src/random/rng.js";
import { median } from "../../src/statistics/median.js";
import { type Benchmark, rounded, seconds } from "./figure.js";

interface Work {
  readonly samples: number;
  readonly features: number;
  readonly side: number;
}

const usual: Work = { samples: 48, features: 6000, side: 32 };
const rounds = 3;

/** How the time of one capture (ResNet-18, training mode) grows with samples, features and the side of the images. */
export const growth: Benchmark = async function* () {
  await startEngine();
  for (const samples of [6, 12, 24, 48, 96, 192]) {
    yield {
      ...(await captureOf({ ...usual, samples }, `${samples} samples`)),
      curve: "samples",
      at: samples,
    };
  }
  for (const features of [60, 600, 6000, 20_000, 50_000]) {
    const figure = await captureOf({ ...usual, features }, `${features} features`);
    yield { ...figure, curve: "features", at: features };
  }
  for (const side of [16, 32, 64]) {
    const figure = await captureOf({ ...usual, side, samples: 12 }, `12 samples of ${side}x${side}`);
    yield { ...figure, curve: "side of the image", at: side };
  }
};

async function captureOf({ samples, features, side }: Work, what: string) {
  const rng = createRng("bench");
  const model = createModel("ResNet18", { classes: 10, inputShape: [side, side, 3], rng });
  const all = Int32Array.from({ length: model.stateSize }, (_, k) => k);
  const places = sampleWithoutReplacement(rng, all, features);
  const data = Float32Array.from({ length: samples * side * side * 3 }, () => rng.normal());
  const images = { shape: [samples, side, side, 3], data };
  const labels = new Int32Array(samples).fill(2);
  const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const time = await seconds(() => sampleIncrements(model, images, labels, places, options));
    if (round > 0) times.push(time);
  }
  model.dispose();
  return { name: `capture, ResNet-18, ${what}`, value: rounded(median(times)), unit: "s" };
}
