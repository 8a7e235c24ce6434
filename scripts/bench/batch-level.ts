import { tf } from "../../src/engine/tf.js";
import { createModel, startEngine } from "../../src/index.js";
import { batchDifferenceTensors } from "../../src/provenance/batch-differences.js";
import { RunningMaxima } from "../../src/provenance/running-maxima.js";
import { createRng } from "../../src/random/rng.js";
import { batchGradients, trainStep } from "../../src/training/gradients.js";
import { sgd } from "../../src/training/optimizer.js";
import { type Benchmark, inTurns, rounded, seconds } from "./figure.js";
import { noise } from "./noise.js";

const [images, batch, suspects] = [2000, 128, 100];
const rounds = 3;
const learningRate = 0.02;

/** One epoch of batch level, against the same epoch of training and the three small updates a batch, done plainly. */
export const batchLevel: Benchmark = async function* () {
  await startEngine();
  const batches = Math.ceil(images / batch);
  const perBatch = Math.ceil(suspects / batches);
  const model = createModel("ResNet8", { classes: 10, inputShape: [32, 32, 3], rng: createRng("bench") });
  const optimizer = sgd({ learningRate });
  const batchOf = (count: number, seed: number) => ({
    images: noise([count, 32, 32, 3], seed),
    labels: tf.tensor1d(Int32Array.from({ length: count }, (_, i) => i % 10)),
  });
  const whole = batchOf(batch, 1);
  const groups = {
    suspect: batchOf(perBatch, 2),
    clean1: batchOf(perBatch, 3),
    clean2: batchOf(perBatch, 4),
  };

  const epoch = (beforeStep: (maxima: RunningMaxima) => void) =>
    seconds(async () => {
      const maxima = new RunningMaxima(model);
      for (let k = 0; k < batches; k++) {
        beforeStep(maxima);
        trainStep(model, whole.images, whole.labels, optimizer, { training: true }).dispose();
      }
      await maxima.read();
      maxima.dispose();
    });
  const threeUpdates = () => {
    for (const { images, labels } of Object.values(groups)) {
      const { loss, gradients, statistics } = batchGradients(model, images, labels, { training: true });
      tf.dispose([loss, ...gradients.values(), ...statistics.values()]);
    }
  };
  const surrogate = { optimizer: "sgd", learningRate, trainingMode: true } as const;
  const [capture, plain, training] = await inTurns(rounds, [
    () => epoch((maxima) => maxima.add(batchDifferenceTensors(model, groups, surrogate))),
    () => epoch(threeUpdates),
    () => epoch(() => {}),
  ]);
  const name = `batch level, one epoch, ResNet8, ${images} images, ${suspects} suspects`;
  const value = rounded(capture);
  const against = "training and three small updates a batch";
  yield { name, value, unit: "s", ratio: rounded(capture / plain), against, goal: "<= 1.3" };
  yield { name, value, unit: "s", ratio: rounded(capture / training), against: "training alone" };
};
