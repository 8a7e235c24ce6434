import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { UserError } from "../../src/errors.js";
import { createModel, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";

beforeAll(async () => {
  await startEngine();
});

describe("the head", () => {
  test.each([
    ["CustomCNN", 2, 32, ["20.weight", "20.bias"]],
    ["CustomResNet18", 2, 64, ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]],
    ["BasicResNet", 2, 64, ["fc.weight", "fc.bias"]],
    ["ResNet50", 2, 32, ["linear.weight", "linear.bias"]],
  ] as const)(
    "of %s is its last linear layers; a fresh one changes nothing else",
    async (name, width, side, head) => {
      const before = tf.memory().numTensors;
      const model = createModel(name, {
        classes: 3,
        inputShape: [side, side, 3],
        width,
        rng: createRng("a"),
      });
      expect(model.headEntries.map((entry) => entry.name)).toEqual(head);
      const old = await model.stateDict();
      model.freezeBody();
      model.resetHead(createRng("b"));
      expect(model.trainable.map((entry) => entry.name)).toEqual(head);
      const fresh = await model.stateDict();
      for (const [entry, { data, shape }] of fresh) {
        const isOfHead = (head as readonly string[]).includes(entry);
        expect([entry, old.get(entry)?.data.some((value, i) => value !== data[i])]).toEqual([
          entry,
          isOfHead,
        ]);
        // PyTorch's default: uniform within one over the root of the inputs.
        if (isOfHead && shape.length === 2)
          expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(shape[1]));
      }
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test("the features are what the head sees: 64 times the width after CustomCNN's last relu", async () => {
    const model = createModel("CustomCNN", { classes: 3, inputShape: [32, 32, 3], width: 2 });
    const x = tf.randomNormal([2, 32, 32, 3], 0, 1, "float32", 1) as tf.Tensor4D;
    const { output } = model.features(x, { training: false, statistics: "batch", record: false });
    expect(output.shape).toEqual([2, 128]);
    expect((await tf.min(output).data())[0]).toBe(0);
    tf.dispose([x, output]);
    model.dispose();
  });
});

test.each([
  [224, 224],
  [32, 64],
  [28, 28],
])("CustomCNN refuses %dx%d images", (height, width) => {
  const make = () => createModel("CustomCNN", { classes: 3, inputShape: [height, width, 3] });
  expect(make).toThrow(UserError);
  expect(make).toThrow(`made for 32x32 images; these are ${height}x${width}`);
});
