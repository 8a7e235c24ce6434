import { expect, test } from "vitest";
import { OrderedDictionary, type PickleValue, Placeholder } from "../../../src/pickle/pickle-values.js";
import { findState } from "../../../src/store/pytorch/find-state.js";
import { TorchStorage, TorchTensor } from "../../../src/store/pytorch/torch-values.js";

const tensor = new TorchTensor(new TorchStorage("0", "F32", 1), 0, [], []);
const dictionary = (entries: Record<string, PickleValue>) => new Map(Object.entries(entries));
const state = dictionary({ "fc.bias": tensor });
const found = (root: PickleValue) => {
  const { tensors, ...rest } = findState(root);
  return { names: [...tensors.keys()], ...rest };
};

test("a state dict is its own; what is no tensor is left out", () => {
  expect(found(dictionary({ a: tensor, version: 2 }))).toEqual({ names: ["a"], leftOut: ["version"] });
  expect(found(new OrderedDictionary([["a", tensor]]))).toEqual({ names: ["a"], leftOut: [] });
});

test.each(["state_dict", "model_state_dict", "model", "net", "network"])(
  "taken from %s before others",
  (name) => {
    const root = dictionary({ ema: dictionary({ a: tensor }), [name]: state, best: tensor });
    expect(found(root)).toEqual({ names: ["fc.bias"], takenFrom: name, leftOut: ["ema", "best"] });
  },
);

test("the only state dict is taken whatever its name; of several none is guessed", () => {
  expect(found(dictionary({ epoch: 3, generator: state })).takenFrom).toBe("generator");
  const two = dictionary({ generator: state, critic: dictionary({ a: tensor }) });
  expect(() => findState(two)).toThrow("several state dicts (generator, critic)");
  expect(found(dictionary({ generator: state, same: state })).takenFrom).toBe("generator");
});

test("a state may lie deeper, under usual names", () => {
  const deep = dictionary({
    checkpoint: dictionary({ model: dictionary({ state_dict: state, step: 1 }) }),
    lr: 1,
  });
  expect(found(deep)).toEqual({
    names: ["fc.bias"],
    takenFrom: "checkpoint.model.state_dict",
    leftOut: ["step", "lr"],
  });
  expect(found([3, state])).toEqual({ names: ["fc.bias"], takenFrom: "1", leftOut: ["0"] });
  const endless = dictionary({});
  endless.set("model", endless);
  expect(() => findState(endless)).toThrow("no dictionary of tensors");
});

test("of a model and its moving average the model is taken", () => {
  const average = dictionary({ "fc.bias": tensor });
  for (const name of ["weights2_ema", "ema", "ema_weights2", "weights2.EMA"])
    expect(found(dictionary({ [name]: average, weights2: state })).takenFrom).toBe("weights2");
  expect(found(dictionary({ epoch: 3, ema: average })).takenFrom).toBe("ema");
  // A name that only looks like it.
  expect(() => findState(dictionary({ schema: average, weights2: state }))).toThrow("several");
});

test("a loss or a score beside a state is none", () => {
  const vector = new TorchTensor(new TorchStorage("1", "F32", 2), 0, [2], [1]);
  const weights = dictionary({ "fc.bias": vector });
  const root = dictionary({ loss: tensor, generator: weights, best: dictionary({ score: tensor }) });
  expect(found(root)).toEqual({ names: ["fc.bias"], takenFrom: "generator", leftOut: ["loss", "best"] });
  expect(found(dictionary({ "fc.bias": vector, inner: weights })).takenFrom).toBeUndefined();
});

test("a prefix comes off only when every name has it", () => {
  expect(found(dictionary({ "module.a": tensor, "module.b.module.c": tensor })).names).toEqual([
    "a",
    "b.module.c",
  ]);
  expect(found(dictionary({ "module.a": tensor, b: tensor })).names).toEqual(["module.a", "b"]);
  expect(found(dictionary({ "_orig_mod.a": tensor })).names).toEqual(["a"]);
  expect(found(dictionary({ "module._orig_mod.module.a": tensor })).names).toEqual(["a"]);
});

test("an optimizer's numbers that are no tensors are left out, and said", () => {
  const slots = dictionary({ step: 7, exp_avg: tensor });
  const root = dictionary({ state: new Map([[0, slots]]), param_groups: [] });
  expect(found(root)).toEqual({ names: ["state.0.exp_avg"], leftOut: ["param_groups", "state.0.step"] });
});

test.each<[string, PickleValue, string]>([
  ["a tensor alone", tensor, "no dictionary"],
  ["nothing", null, "no dictionary"],
  ["an object", new Placeholder("my.Net"), 'an object of the class "my.Net", and no state dict'],
  ["an object in a dictionary", dictionary({ epoch: 3, model: new Placeholder("my.Net") }), 'class "my.Net"'],
  ["an empty dictionary", new Map(), "no dictionary of tensors"],
  ["a schedule", dictionary({ T_max: 200, last_epoch: 3 }), "no dictionary of tensors"],
  ["a tensor under a number", new Map([[1, tensor]]), "without a name"],
  ["a fresh optimizer", dictionary({ state: new Map(), param_groups: [] }), "without any tensor"],
])("%s holds no state", (_, root, reason) => {
  expect(() => findState(root)).toThrow(reason);
});

test("work is bounded: one dictionary under many names", () => {
  const large = new Map(Array.from({ length: 20_000 }, (_, i): [PickleValue, PickleValue] => [`a${i}`, 0]));
  const many = new Map(Array.from({ length: 20_000 }, (_, i): [PickleValue, PickleValue] => [i, large]));
  const started = performance.now();
  expect(() => findState(many)).toThrow("no dictionary of tensors");
  expect(() => findState(dictionary({ state: many, param_groups: [] }))).toThrow("endless");
  const names = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "module",
    "params",
  ];
  for (const name of names) large.set(name, large);
  for (let i = 0; i < 100_000; i++) large.set(i, 0);
  expect(() => findState(large)).toThrow("no dictionary of tensors");
  expect(performance.now() - started).toBeLessThan(10_000);
});
