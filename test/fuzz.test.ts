import { expect, test } from "vitest";
import { UserError } from "../src/errors.js";
import { fuzz, type Target } from "./fuzz/fuzz.js";
import { type TargetName, targets } from "./fuzz/targets.js";
import { temporaryFolder } from "./store/temporary-folder.js";

// `npm run fuzz` does the same with 10,000 inputs a reader.
test.each(Object.keys(targets) as TargetName[])(
  "150 damaged files for %s: a result or a refusal, soon",
  async (name) => {
    const report = await fuzz(targets[name], { name, seed: "test", first: 0, count: 150 });
    expect(report.defects).toEqual([]);
    expect(report.refused).toBeGreaterThan(20);
    expect(report.accepted + report.refused).toBe(150);
  },
);

test("a reader that slips, wraps a slip, writes to all objects or believes in sizes is found out", async () => {
  const slip = () => Reflect.get(Object(undefined), "a").b;
  const wrapped = () => {
    try {
      return slip();
    } catch (cause) {
      throw new UserError("It cannot be read.", "Give another.", { cause });
    }
  };
  const faults: [RegExp, () => unknown][] = [
    [/TypeError/, slip],
    [/TypeError/, wrapped],
    [/Error: no error of ours/, () => Promise.reject(new Error("no error of ours"))],
    [/without a message or a hint/, () => Promise.reject(new UserError("", "Give another."))],
    [/asked for 4294967296 bytes at once/, () => new Float32Array(2 ** 30).fill(0, 0, 1)],
    [/asked for 1073741824 bytes at once/, () => Buffer.alloc(2 ** 30).length],
  ];
  for (const [fault, read] of faults) {
    let inputs = 0;
    // The seed itself is read without harm.
    const target: Target = {
      seeds: [Buffer.from("seed")],
      read: async () => (inputs++ > 0 ? read() : undefined),
    };
    const report = await fuzz(async () => target, { name: "faulty", seed: "test", first: 0, count: 1 });
    expect(report.defects).toEqual([expect.stringMatching(fault)]);
  }
});

test("a zip of ten thousand empty files is read without an overflow of the stack", async () => {
  const folder = await temporaryFolder();
  const { read, seeds } = await targets.zip(folder);
  const header = Buffer.alloc(31, "a");
  Buffer.from([0x50, 0x4b, 3, 4, ...new Uint8Array(22), 1, 0, 0, 0]).copy(header);
  await read(Buffer.concat([...Array<Buffer>(10_000).fill(header), seeds[0]]), 0);
});

test("an input is the same whichever is first", async () => {
  const inputs: string[] = [];
  const target: Target = {
    seeds: [Buffer.from("seed")],
    read: async (input) => inputs.push(input.toString("hex")),
  };
  for (const [first, count] of [
    [0, 20],
    [13, 1],
  ])
    await fuzz(async () => target, { name: "any", seed: "test", first, count });
  expect(inputs[1 + 20 + 1]).toBe(inputs[1 + 13]);
});
