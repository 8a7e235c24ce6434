import { expect, test } from "vitest";
import { forwardFlops } from "../../src/cli/work-estimate.js";
import { models } from "../../src/models/registry.js";

/** Side of the output of a layer of a residual network for 32x32 images: every stage but the first halves it. */
function sideOf(name: string): number {
  if (name.startsWith("linear")) return 1;
  const stage = Number(/^layer(\d)/.exec(name)?.[1] ?? 1);
  return 32 / 2 ** (stage - 1);
}

test.each(["ResNet18", "ResNet8"] as const)(
  "operations of one image through %s, counted from its layers",
  (name) => {
    const { build, width } = models[name];
    // Convolutions and the linear layer have matrices; batch norm has vectors.
    const { body, head } = build(width, [32, 32, 3], 10);
    const matrices = [...body.entries, ...head.entries].filter(({ shape }) => shape.length >= 2);
    const multiplications = matrices.reduce((sum, entry) => sum + entry.size * sideOf(entry.name) ** 2, 0);
    const ratio = (2 * multiplications) / forwardFlops[name];
    expect(ratio).toBeGreaterThan(0.98);
    expect(ratio).toBeLessThan(1.02);
  },
);

test.each([
  ["ViT", 224, 196],
  ["ViT-Micro", 32, 16],
] as const)("operations of one image through %s, counted from its layers", (name, side, patches) => {
  const { build, width } = models[name];
  const { body, head } = build(width, [side, side, 3], 10);
  const tokensOf = (entry: string) => (entry.startsWith("patch") ? patches : 1 + patches);
  const matrices = body.entries.filter(({ shape }) => shape.length === 2 || shape.length === 4);
  const linear = matrices.reduce(
    (sum, entry) => sum + entry.size * tokensOf(entry.name),
    head.entries[0].size,
  );
  const blocks = body.entries.filter((entry) => entry.name.endsWith("proj_q.bias")).length;
  const attention = 2 * blocks * (1 + patches) ** 2 * width;
  const ratio = (2 * (linear + attention)) / forwardFlops[name];
  expect(ratio).toBeGreaterThan(0.98);
  expect(ratio).toBeLessThan(1.02);
});
