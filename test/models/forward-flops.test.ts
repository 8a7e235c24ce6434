import { expect, test } from "vitest";
import { buildNetwork } from "../../src/models/create-model.js";
import { models } from "../../src/models/registry.js";

/** Side of the output of a residual network's layer: every stage but the first halves it. */
function sideInStages(name: string, first: number): number {
  if (/(linear|fc\d?)\.weight$/.test(name)) return 1;
  const stage = Number(/layer(\d)/.exec(name)?.[1] ?? 1);
  return first / 2 ** (stage - 1);
}

/** In a bottleneck the second convolution halves the side. */
const sideInBottlenecks = (name: string): number =>
  sideInStages(name, 32) * (/layer[234]\.0\.conv1/.test(name) ? 2 : 1);

const sideInStem = (name: string, image: number): number =>
  /^(resnet\.)?conv1/.test(name) ? image / 2 : sideInStages(name, image / 4);

const sideInCustomCnn = (name: string): number =>
  ({ "0.weight": 16, "3.weight": 7, "6.weight": 3, "8.weight": 3, "10.weight": 3 })[name] ?? 1;

test.each([
  ["ResNet18", 32, (name: string) => sideInStages(name, 32)],
  ["ResNet34", 32, (name: string) => sideInStages(name, 32)],
  ["ResNet50", 32, sideInBottlenecks],
  ["ResNet8", 32, (name: string) => sideInStages(name, 32)],
  ["BasicResNet", 32, (name: string) => sideInStem(name, 32)],
  ["CustomResNet18", 224, (name: string) => sideInStem(name, 224)],
  ["CustomCNN", 32, sideInCustomCnn],
] as const)("operations of one image through %s, counted from its layers", (name, image, sideOf) => {
  // Convolutions and linear layers have matrices; batch norm has vectors.
  const { body, head } = buildNetwork(name, { classes: 10, inputShape: [image, image, 3] });
  const matrices = [...body.entries, ...head.entries].filter(
    ({ name, kind, shape }) => kind === "parameter" && shape.length >= 2 && name !== "resnet.fc.weight",
  );
  const multiplications = matrices.reduce((sum, entry) => sum + entry.size * sideOf(entry.name) ** 2, 0);
  const ratio = (2 * multiplications) / models[name].forwardFlops;
  expect(ratio).toBeGreaterThan(0.98);
  expect(ratio).toBeLessThan(1.02);
});

test.each([
  ["ViT", 224, 196],
  ["ViT-Micro", 32, 16],
] as const)("operations of one image through %s, counted from its layers", (name, side, patches) => {
  const { width } = models[name];
  const { body, head } = buildNetwork(name, { classes: 10, inputShape: [side, side, 3] });
  const tokensOf = (entry: string) => (entry.startsWith("patch") ? patches : 1 + patches);
  const matrices = body.entries.filter(({ shape }) => shape.length === 2 || shape.length === 4);
  const linear = matrices.reduce(
    (sum, entry) => sum + entry.size * tokensOf(entry.name),
    head.entries[0].size,
  );
  const blocks = body.entries.filter((entry) => entry.name.endsWith("proj_q.bias")).length;
  const attention = 2 * blocks * (1 + patches) ** 2 * width;
  const ratio = (2 * (linear + attention)) / models[name].forwardFlops;
  expect(ratio).toBeGreaterThan(0.98);
  expect(ratio).toBeLessThan(1.02);
});
