import { imageTensor, labelTensor } from "../../src/api/arrays.js";
import { tf } from "../../src/engine/tf.js";
import type { ImageArray, Model, SampleIncrementOptions } from "../../src/index.js";
import { trainStep } from "../../src/training/gradients.js";
import { adam, sgd } from "../../src/training/optimizer.js";

/**
 * The procedure as the method states it, one sample at a time: set the weights back, take one real optimizer step on a
 * batch of that sample alone, flatten the state, subtract. Slow, and obviously right.
 * @returns float32 [N, features.length]
 */
export async function incrementsOneByOne(
  model: Model,
  images: ImageArray,
  labels: readonly number[],
  features: readonly number[],
  options: SampleIncrementOptions,
): Promise<Float32Array> {
  const before = await model.stateDict();
  const flatBefore = flatten(before);
  const size = images.data.length / labels.length;
  const rows: number[] = [];
  for (let n = 0; n < labels.length; n++) {
    model.loadStateDict(before);
    const optimizer =
      options.optimizer === "sgd"
        ? sgd({ learningRate: options.learningRate, nesterov: false })
        : adam({ learningRate: options.learningRate });
    const one = { shape: [1, ...images.shape.slice(1)], data: images.data.slice(n * size, (n + 1) * size) };
    const [x, y] = [imageTensor(one), labelTensor([labels[n]], one, model)];
    const { trainingMode: training, dropoutSeed, sampleIds } = options;
    const dropoutRows = [sampleIds?.[n] ?? n];
    trainStep(model, x, y, optimizer, { training, dropoutSeed, dropoutRows }).dispose();
    tf.dispose([x, y]);
    optimizer.dispose();
    const after = flatten(await model.stateDict());
    for (const feature of features) rows.push(after[feature] - flatBefore[feature]);
  }
  model.loadStateDict(before);
  return Float32Array.from(rows);
}

function flatten(state: Awaited<ReturnType<Model["stateDict"]>>): Float64Array {
  const parts = [...state.values()].map(({ data }) => data);
  const flat = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  return flat;
}
