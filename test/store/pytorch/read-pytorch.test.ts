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

describe("nothing is executed", () => {
  test.each(["evil.pth", "evil_legacy.pth"])("%s is refused by the name of what it calls", async (name) => {
    const error = await readPytorch(fixture(name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(`Refused ${fixture(name)}: it asks to run "posix.system"`);
    for (const place of ["/tmp", tmpdir(), process.cwd(), folder]) {
      expect(existsSync(join(place, "poisonspot_pwned"))).toBe(false);
    }
    // The file does hold the command.
    expect((await readFile(fixture(name))).includes("touch /tmp/poisonspot_pwned")).toBe(true);
  });

  test("a whole model is refused, and the way to save it said", async () => {
    const error = await readPytorch(fixture("whole_model.pth")).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('"torch.nn.modules.container.Sequential"');
    expect(error instanceof UserError && error.hint).toContain("model.state_dict()");
  });
});

test("every fixture is small", async () => {
  for (const name of await readdir(folder))
    expect((await readFile(fixture(name))).length).toBeLessThan(20_000);
});
