import { availableParallelism } from "node:os";
import { perturb } from "../../src/attacks/label-consistent/projected-gradient-descent.js";
import { tf } from "../../src/engine/tf.js";
import { createModel, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { type Benchmark, inTurns, rounded, seconds } from "./figure.js";
import { noise } from "./noise.js";
import { hasPython, startPeer } from "./peer.js";

/** A tenth of the images and steps of a real crafting, whose time is proportional to both. */
const [images, batch, steps] = [125, 125, 10];
const [eps, alpha] = [16 / 255, 1.5 / 255];
const rounds = 3;

/** PGD on ResNet-18, as the label-consistent attack makes its poisons. */
export const attack: Benchmark = async function* () {
  await startEngine();
  const model = createModel("ResNet18", { classes: 10, inputShape: [32, 32, 3], rng: createRng("bench") });
  const x = tf.sigmoid<tf.Tensor4D>(noise([batch, 32, 32, 3], 1));
  const y = tf.tensor1d(Int32Array.from({ length: batch }, (_, i) => i % 10));
  const normalization = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  const works = [
    () =>
      seconds(async () => {
        for (let done = 0; done < images; done += batch) {
          const poisons = await perturb(model, x, y, { eps, alpha, steps, normalization });
          await poisons.data();
          poisons.dispose();
        }
      }),
  ];
  const settings = { images, batch, steps, eps, alpha, threads: availableParallelism() };
  const peer = hasPython("torch") ? await startPeer("pgd.py", settings) : undefined;
  if (peer) works.push(async () => (await peer.run()).seconds);
  const [time, theirs] = await inTurns(rounds, works);
  peer?.close();
  yield {
    name: "PGD, ResNet-18",
    value: rounded((time / images / steps) * 1000),
    unit: "ms an image and step",
    ...(peer && { ratio: rounded(time / theirs), against: "PyTorch" }),
    goal: "<= 1",
  };
};
