import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Figure } from "../../scripts/bench/figure.js";
import { gpu } from "../../scripts/bench/gpu.js";
import { productRate, timed } from "../../scripts/bench/gpu-timed.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { onWebgpu } from "../engine/webgpu/on-webgpu.js";

onWebgpu();

/** Where torch is, or seems to be: every run takes it half a second on a GPU. */
const python = `#!/bin/sh
[ "$1" = -c ] && exit 0
echo '{}'
while read -r line; do echo '{"seconds": 0.5, "gpu": 1}'; done
`;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-gpu-timed-"));
  await writeFile(join(folder, "python3"), python);
  await chmod(join(folder, "python3"), 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Figures are rounded. */
const about = (value: number) => expect.closeTo(value, 1 - Math.ceil(Math.log10(value)));

test("a product and other work are timed, beside each other and beside PyTorch", async () => {
  const effort = { rounds: 2, repeats: 4 };
  const before = tf.memory().numTensors;
  const product = await productRate(64, effort);
  expect(product).toMatchObject({ name: "matrix product of 64x64, float32", unit: "TFLOP/s" });
  expect(product.value).toBeGreaterThan(0);

  let runs = 0;
  const run = () => tf.fill([8], runs++);
  const least = { operations: 5e9, bytes: 1 };
  const torch = { batch: 2, side: 8, half: false };
  const figures: Figure[] = [];
  for await (const figure of timed({ name: "work", least, torch, run }, product, effort))
    figures.push(figure);
  expect(runs).toBe((effort.rounds + 1) * effort.repeats);
  const [time, rate, beside] = figures;
  expect(time).toMatchObject({ name: "work: time", unit: "ms" });
  expect(rate.value).toEqual(about(5 / time.value));
  expect(rate.ratio).toEqual(about(rate.value / product.value));
  expect(beside.against).toBe("PyTorch's 125 ms on the GPU, channels last");
  expect(beside.ratio).toEqual(about(time.value / 125));
  expect(tf.memory().numTensors).toBe(before);
});

test("a processor's lines say that they are no GPU's", async () => {
  const { device } = await startEngine({ engine: "webgpu" });
  const figures = gpu({ software: true });
  const first = (await figures.next()).value as Figure;
  await figures.return(undefined);
  expect(first.name.startsWith("NO GPU, a processor: on webgpu")).toBe(device === "cpu");
});
