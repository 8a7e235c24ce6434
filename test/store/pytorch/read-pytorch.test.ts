import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.js";
import { readPytorch } from "../../../src/store/pytorch/read-pytorch.js";
import type { StateDict } from "../../../src/store/state-dict.js";

const folder = fileURLToPath(new URL("../../fixtures/pytorch", import.meta.url));
const fixture = (name: string) => join(folder, name);
const recorded = <T>(name: string): T => JSON.parse(readFileSync(fixture(name), "utf8")) as T;

interface Digest {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly first5: number[];
  readonly sum: number;
}
const goldens = recorded<{ tiny_cnn: { entries: Digest[] }; optimizer: { state: Digest[] } }>(
  "fixtures.json",
);

function expectDigests(state: StateDict, digests: readonly Digest[]): void {
  expect([...state.keys()]).toEqual(digests.map(({ name }) => name));
  for (const { name, dtype, shape, first5, sum } of digests) {
    const entry = state.get(name);
    expect([entry?.shape, entry?.dtype ?? "float32"]).toEqual([shape, dtype]);
    const data = [...(entry?.data ?? [])];
    // Nine significant digits are given.
    for (const [i, value] of first5.entries()) expect(data[i]).toBeCloseTo(value, 8);
    expect(data.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 6);
  }
}

describe("what PyTorch wrote is read as PyTorch reads it", () => {
  test.each(["tiny_cnn.pth", "tiny_cnn_legacy.pth"])("%s: a state dict", async (name) => {
    const { state, leftOut, takenFrom } = await readPytorch(fixture(name));
    expectDigests(state, goldens.tiny_cnn.entries);
    expect([leftOut, takenFrom]).toEqual([[], undefined]);
  });

  test("optimizer.pth: an optimizer's state", async () => {
    const { state, leftOut } = await readPytorch(fixture("optimizer.pth"));
    expectDigests(state, goldens.optimizer.state);
    expect(leftOut).toEqual(["param_groups"]);
  });

  type Expected = Record<string, Record<string, { shape: number[]; integer: boolean; values: number[] }>>;
  const expected = recorded<Expected>("expected.json");
  test.each(Object.keys(expected))("%s: every number", async (name) => {
    const { state } = await readPytorch(fixture(name));
    expect([...state.keys()]).toEqual(Object.keys(expected[name]));
    for (const [key, { shape, integer, values }] of Object.entries(expected[name])) {
      expect(state.get(key)).toEqual({
        shape,
        data: Float32Array.from(values),
        ...(integer ? { dtype: "int64" } : {}),
      });
    }
  });

  test("checkpoint.pth: the state of its network, without DataParallel's prefix", async () => {
    const { takenFrom, leftOut } = await readPytorch(fixture("checkpoint.pth"));
    expect(takenFrom).toBe("net");
    const others = ["epoch", "acc", "history", "ema", "optimizer", "scheduler", "input", "device", "dtype"];
    expect(leftOut).toEqual(others);
  });
});

describe("what lies beside the weights does not matter", () => {
  test.each(["values.pth", "values_protocol4.pth", "values_legacy.pth"])(
    "%s: objects of Python's, NumPy's and other people's classes",
    async (name) => {
      const { takenFrom, leftOut } = await readPytorch(fixture(name));
      expect(takenFrom).toBe("state_dict");
      expect(leftOut).toEqual([
        ...["args", "settings", "config", "simple", "times", "collections", "sets", "numbers", "bytes"],
        ...["numpy", "objects", "torch"],
      ]);
    },
  );

  test.each([
    ["levels.pth.tar", "model.state_dict", ["epoch", "loss"]],
    ["average.bin", "weights", ["weights_ema", "scores"]],
    ["list.pth", "1", ["0"]],
    ["wrapped.pth", undefined, []],
    ["dumped.pkl", undefined, []],
  ])("%s: the state is found", async (name, takenFrom, leftOut) => {
    const found = await readPytorch(fixture(name));
    expect([found.takenFrom, found.leftOut]).toEqual([takenFrom, leftOut]);
  });
});

describe("nothing is executed", () => {
  test.each(["evil.pth", "evil_legacy.pth"])("%s is refused by the name of what it calls", async (name) => {
    const error = await readPytorch(fixture(name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(`Refused ${fixture(name)}: it asks for "posix.system"`);
    for (const place of ["/tmp", tmpdir(), process.cwd(), folder]) {
      expect(existsSync(join(place, "poisonspot_pwned"))).toBe(false);
    }
    // The file does hold the command.
    expect((await readFile(fixture(name))).includes("touch /tmp/poisonspot_pwned")).toBe(true);
  });

  test.each(["whole_model.pth", "whole_model_in_dictionary.pth"])(
    "%s is refused, and the way to save it said",
    async (name) => {
      const error = await readPytorch(fixture(name)).catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('an object of the class "torch.nn.modules.container.Sequential"');
      expect(error instanceof UserError && error.hint).toContain("model.state_dict()");
    },
  );

  test.each([
    ["enum.pth", 'it asks for "__main__.Schedule", which is none of the names that are followed'],
    ["partial.pth", 'it asks for "functools.partial", which is none of the names that are followed'],
    ["sparse.pth", 'it asks for "torch._utils._rebuild_sparse_tensor"'],
    ["complex.pth", 'a tensor of "torch.ComplexFloatStorage", which is not read'],
    ["script.pt", "it is a TorchScript program"],
    ["arrays.npz", "it is an archive of NumPy arrays (.npz)"],
    ["arrays.pkl", 'it holds an object of the class "numpy.ndarray", and no state dict'],
  ])("%s is refused for what it is, and not called hostile", async (name, reason) => {
    const error = await readPytorch(fixture(name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(reason);
    expect(error instanceof UserError && error.hint).not.toMatch(/hostile/i);
  });
});

test("every fixture is small", async () => {
  for (const name of await readdir(folder))
    expect((await readFile(fixture(name))).length).toBeLessThan(20_000);
});
