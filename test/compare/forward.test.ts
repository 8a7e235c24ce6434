import { expect, test } from "vitest";
import { forwardOf } from "../../src/compare/forward.js";
import { networkPass } from "../../src/compare/network-pass.js";
import { noAugmentation } from "../../src/datasets/augmentation.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { tf } from "../../src/engine/tf.js";
import { createModel, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";
import { batchTensors } from "../../src/training/train.js";
import { maxAbsDifference } from "../golden.js";

test("features, logits, overlays and dropout are those of the network, and leave no tensors", async () => {
  await startEngine({ engine: "cpu" });
  const { signal } = new AbortController();
  const draw = createRng("noise");
  const images = Uint8Array.from({ length: 5 * 8 * 8 * 3 }, () => draw.int(256));
  const subject = {
    images: {
      pixels: memoryPixels(images, { height: 8, width: 8, channels: 3 }),
      labels: Int32Array.of(0, 1, 2, 3, 0),
    },
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  };
  const model = createModel("ResNet8", { classes: 4, inputShape: [8, 8, 3], rng: createRng("weights") });
  const before = tf.memory().numTensors;

  const pass = await networkPass(model, subject, 4, { reporter: silentReporter, signal });
  expect([...pass.labels]).toEqual([0, 1, 2, 3]);
  const read = (row: number) =>
    batchTensors({ ...subject, set: subject.images }, Int32Array.of(row), noAugmentation);
  const [one, over] = [read(1), read(4)];
  const logits = async (x: tf.Tensor) => model.predict(x as tf.Tensor4D).data<"float32">();
  expect(maxAbsDifference(pass.logits.data.subarray(4, 8), await logits(one.images))).toBeLessThan(1e-5);
  // The head is linear: logits are features times its weights, and its bias.
  const state = await model.stateDict();
  const [weight, bias] = [...state.values()].slice(-2);
  const byHand = Array.from({ length: 4 }, (_, k) => {
    const { cols, data } = pass.features;
    let sum = bias.data[k];
    for (let c = 0; c < cols; c++) sum += data[cols + c] * weight.data[k * cols + c];
    return sum;
  });
  expect(maxAbsDifference(pass.logits.data.subarray(4, 8), byHand)).toBeLessThan(1e-5);

  const forward = forwardOf(model, subject, Int32Array.of(0, 4), signal);
  const overlaid = await forward.overlaid(Int32Array.of(3, 1), 1);
  expect(maxAbsDifference(overlaid.subarray(4), await logits(tf.add(one.images, over.images)))).toBeLessThan(
    1e-5,
  );

  // Almost nothing dropped is almost no change; much dropped is much, the same for a seed and another for another.
  const rows = Int32Array.of(0, 1, 2, 3);
  expect(maxAbsDifference(await forward.dropped(rows, 1e-9, 1), pass.logits.data)).toBeLessThan(1e-5);
  const dropped = await forward.dropped(rows, 0.5, 1);
  expect(maxAbsDifference(dropped, pass.logits.data)).toBeGreaterThan(0.01);
  expect(await forward.dropped(rows, 0.5, 1)).toEqual(dropped);
  expect(await forward.dropped(rows, 0.5, 2)).not.toEqual(dropped);

  // Those of this test: two batches, three results and a sum.
  tf.dispose([one.images, one.labels, over.images, over.labels]);
  expect(tf.memory().numTensors - before).toBeLessThanOrEqual(3);
  model.dispose();
});
