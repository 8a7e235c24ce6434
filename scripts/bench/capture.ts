// Time of per-sample capture: tsx scripts/bench/capture.ts [model] [samples] [features] [engine]
import { createModel, sampleIncrements, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";

const [name = "ResNet18", samples = "48", features = "6000", engine = "auto"] = process.argv.slice(2);
const numSamples = Number(samples);
const { description } = await startEngine({ engine: engine as "auto" });
const rng = createRng("bench");
const model = createModel(name, { classes: 10, inputShape: [32, 32, 3], rng });
const chosen = Int32Array.from({ length: Number(features) }, () => rng.int(model.stateSize));
const data = Float32Array.from({ length: numSamples * 3072 }, () => rng.normal());
const images = { shape: [numSamples, 32, 32, 3], data };
const labels = new Int32Array(numSamples).fill(2);
const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;

const times: number[] = [];
for (let run = 0; run < 6; run++) {
  const start = performance.now();
  await sampleIncrements(model, images, labels, chosen, options);
  if (run > 0) times.push((performance.now() - start) / numSamples);
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    name: `capture ${name}, ${samples} samples, ${features} features`,
    value: Number(times[2].toFixed(2)),
    unit: "ms per sample (median of 5)",
    engine: description,
    peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
process.exit(0);
