import type { tf } from "../../src/engine/tf.js";
import { type Figure, rounded } from "./figure.js";
import type { DeviceCount } from "./gpu-count.js";
import type { Work } from "./gpu-works.js";

/** Data sheets' numbers: float32 without matrix units, and the memory. */
const cards = [
  { name: "H100 SXM", teraflops: 67, gigabytes: 3350 },
  { name: "RTX 4060 Laptop", teraflops: 14.6, gigabytes: 256 },
  { name: "Apple M2, 10 cores", teraflops: 3.6, gigabytes: 100 },
] as const;

/** The second run: the first makes the optimizer's state. */
export async function* counted({ name, least, run }: Work, count: DeviceCount): AsyncGenerator<Figure> {
  const wait = async (result: tf.Tensor) => {
    await result.data();
    result.dispose();
  };
  await wait(run());
  const before = { ...count, byLabel: new Map([...count.byLabel].map(([k, v]) => [k, { ...v }])) };
  await wait(run());
  const { submissions, passes, dispatches, bytes } = difference(count, before);
  yield { name: `${name}: dispatches`, value: dispatches, unit: "", ...(least && { goal: "<= 250" }) };
  yield { name: `${name}: passes`, value: passes, unit: "" };
  yield { name: `${name}: submissions`, value: submissions, unit: "" };
  yield {
    name: `${name}: read and written`,
    value: rounded(bytes / 1e9),
    unit: "GB",
    ...(least && {
      ratio: rounded(bytes / least.bytes),
      against: `the least, ${rounded(least.bytes / 1e9)} GB`,
      goal: "<= 1.5",
    }),
  };
  const shares = [...count.byLabel]
    .map(([label, now]) => ({ label, ...since(now, before.byLabel.get(label)) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 12);
  for (const { label, dispatches, bytes } of shares) {
    yield { name: `${name}: ${dispatches} x ${label}`, value: rounded(bytes / 1e9), unit: "GB" };
  }
  if (least === undefined) return;
  for (const { name: card, teraflops, gigabytes } of cards) {
    const compute = least.operations / teraflops / 1e9;
    const memory = bytes / gigabytes / 1e6;
    const shown = `${rounded(least.operations / 1e12)} TFLOP / ${teraflops} TFLOP/s = ${rounded(compute)} ms, ${rounded(bytes / 1e9)} GB / ${gigabytes} GB/s = ${rounded(memory)} ms`;
    yield {
      name: `${name}: at least, on ${card} (${shown})`,
      value: rounded(Math.max(compute, memory)),
      unit: "ms",
    };
  }
}

type Sums = Pick<DeviceCount, "submissions" | "passes" | "dispatches" | "bytes">;

const difference = (now: Sums, before: Sums): Sums => ({
  submissions: now.submissions - before.submissions,
  passes: now.passes - before.passes,
  dispatches: now.dispatches - before.dispatches,
  bytes: now.bytes - before.bytes,
});

const since = (
  now: { dispatches: number; bytes: number },
  before: { dispatches: number; bytes: number } = { dispatches: 0, bytes: 0 },
) => ({ dispatches: now.dispatches - before.dispatches, bytes: now.bytes - before.bytes });
