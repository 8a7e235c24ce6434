// Trains and captures for a while and prints memory and tensors: npm run soak -- [--minutes 30] [--engine NAME]
import { parseArgs } from "node:util";
import { tf } from "../src/engine/tf.js";
import {
  createModel,
  type EngineOptions,
  loadDataset,
  sampleIncrements,
  startEngine,
  train,
} from "../src/index.js";
import { createRng } from "../src/random/rng.js";
import { silentReporter } from "../src/reporter.js";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "30" }, engine: { type: "string" } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes is ${values.minutes}: give a number above 0.`);
  process.exit(2);
}
const { description } = await startEngine({ engine: values.engine as EngineOptions["engine"] });
console.log(description);

const { train: images, normalization } = await loadDataset("synthetic", {
  datasetDir: "datasets",
  limitPerClass: 32,
  seed: 1,
  reporter: silentReporter,
});
const { height, width, channels } = images.pixels;
const rng = createRng("soak");
const model = createModel("ResNet8", { classes: 10, inputShape: [height, width, channels], rng });
const features = Int32Array.from({ length: 2000 }, () => rng.int(model.stateSize));
const samples = 32;
const suspects = {
  shape: [samples, height, width, channels],
  data: Float32Array.from({ length: samples * height * width * channels }, () => rng.normal()),
};
const labels = new Int32Array(samples).fill(2);

const end = performance.now() + minutes * 60_000;
let nextLine = performance.now();
let first: { rss: number; tensors: number } | undefined;
for (let round = 1; performance.now() < end; round++) {
  await train(model, images, {
    ...{ epochs: 1, batchSize: 64, optimizer: "sgd", learningRate: 0.001, normalization, seed: round },
  });
  await sampleIncrements(model, suspects, labels, features, {
    ...{ optimizer: "sgd", learningRate: 0.001, trainingMode: true },
  });
  if (performance.now() < nextLine) continue;
  nextLine += 60_000;
  const { rss } = process.memoryUsage();
  const { numTensors } = tf.memory();
  // The first rounds fill pools and caches.
  if (round > 3) first ??= { rss, tensors: numTensors };
  console.log(`${round} rounds: ${Math.round(rss / 2 ** 20)} MiB, ${numTensors} tensors`);
}
const growth = first ? Math.round((process.memoryUsage().rss - first.rss) / 2 ** 20) : 0;
const leaked = first ? tf.memory().numTensors - first.tensors : 0;
console.log(`grown by ${growth} MiB and ${leaked} tensors since the second line`);
process.exit(leaked === 0 ? 0 : 1);
