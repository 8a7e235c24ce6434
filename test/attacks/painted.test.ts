import { expect, test } from "vitest";
import type { Attack, AttackInput } from "../../src/attacks/attack.js";
import { badnets } from "../../src/attacks/badnets/about.js";
import { blend } from "../../src/attacks/blend/about.js";
import { noisePattern } from "../../src/attacks/blend/noise-pattern.js";
import { sig } from "../../src/attacks/sig/about.js";
import { syntheticDataset } from "../../src/datasets/synthetic/synthetic.js";
import { UserError } from "../../src/errors.js";
import { commonInput } from "./attack-input.js";

const dataset = syntheticDataset({ seed: 1, trainPerClass: 12, testPerClass: 3 });
const { train, test: clean } = dataset;
const target = 3;

const notNeeded = () => {
  throw new Error("This attack needs no network.");
};
const input = (changes: Partial<AttackInput> = {}): AttackInput => ({
  dataset,
  targetClass: target,
  poisonShareOfTargetClass: 0.5,
  eps255: 16,
  vis: 255,
  sourceClass: 0,
  options: {},
  cleanModel: notNeeded,
  newModel: notNeeded,
  ...commonInput("unused"),
  ...changes,
});

const pixel = (image: Uint8Array, line: number, column: number) => {
  const at = 3 * (32 * line + column);
  return [...image.subarray(at, at + 3)];
};
const wave = (level: number, column: number, delta: number, periods: number) =>
  Math.min(255, Math.max(0, level + Math.round(delta * Math.sin((2 * Math.PI * column * periods) / 32))));
const pattern = noisePattern(3072);
const blended = (level: number, at: number, alpha: number) =>
  Math.round((1 - alpha) * level + alpha * pattern[at]);
const square = (level: number, at: number, vis: number) => {
  const place = Math.floor(at / 3);
  return place % 32 >= 29 && Math.floor(place / 32) >= 29 ? vis : level;
};

/** What becomes of the value at `at` of an image. */
type Paint = (level: number, at: number) => number;
const cases: readonly [string, Attack, Partial<AttackInput>, Paint][] = [
  ["badnets", badnets, {}, (level, at) => square(level, at, 255)],
  ["badnets", badnets, { vis: 40 }, (level, at) => square(level, at, 40)],
  ["blend", blend, {}, (level, at) => blended(level, at, 0.2)],
  ["blend", blend, { options: { alpha: 1 } }, (level, at) => blended(level, at, 1)],
  ["sig", sig, {}, (level, at) => wave(level, Math.floor(at / 3) % 32, 20, 6)],
  [
    "sig",
    sig,
    { options: { delta: 40, frequency: 2 } },
    (level, at) => wave(level, Math.floor(at / 3) % 32, 40, 2),
  ],
];

test.each(cases)(
  "%s: its trigger on the poisons and on the triggered test images, and on no other image (%#)",
  async (name, attack, changes, paint) => {
    const told: Int32Array[] = [];
    const poisoned = await attack.poison(input({ ...changes, onPoisonsChosen: (ids) => told.push(ids) }));
    const ids = [...poisoned.poisonIds[name]];
    expect(told).toEqual([poisoned.poisonIds[name]]);
    expect(ids).toHaveLength(6);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (let row = 0; row < train.pixels.count; row++) {
      const before = train.pixels.read(row).slice();
      const expected = ids.includes(row) ? before.map(paint) : before;
      expect(poisoned.train.pixels.read(row)).toEqual(expected);
    }
    const triggered = poisoned.triggeredTests[name];
    const others = [...clean.labels.keys()].filter((row) => clean.labels[row] !== target);
    expect([...triggered.labels]).toEqual(others.map(() => target));
    others.forEach((row, i) => {
      expect(triggered.pixels.read(i)).toEqual(clean.pixels.read(row).slice().map(paint));
    });
  },
);

test("dirty labels: poisons come from other classes and get the target's label; clean labels stay", async () => {
  for (const [attack, isDirty] of [
    [badnets, true],
    [blend, true],
    [sig, false],
  ] as const) {
    const poisoned = await attack.poison(input());
    const [ids] = Object.values(poisoned.poisonIds);
    expect([...ids].every((id) => (train.labels[id] !== target) === isDirty)).toBe(true);
    const expected = train.labels.slice();
    for (const id of ids) expected[id] = target;
    expect(poisoned.train.labels).toEqual(expected);
    expect(poisoned.train.labels).not.toBe(train.labels);
    const { isRelabelled, poisons } = Object.values<{ isRelabelled?: true; poisons: number }>(
      attack.plan({ train: 120, targetClass: 12, outsideClasses: undefined }, { share: 0.5, options: {} }),
    )[0];
    expect([isRelabelled ?? false, poisons]).toEqual([isDirty, ids.length]);
  }
  expect(train.labels.filter((label) => label === target)).toHaveLength(12);
});

test("pixels named by hand: a white corner, a wave of 20 levels", async () => {
  const { train: squares, poisonIds } = await badnets.poison(input());
  const image = squares.pixels.read(poisonIds.badnets[0]);
  expect([pixel(image, 31, 31), pixel(image, 29, 29)]).toEqual([
    [255, 255, 255],
    [255, 255, 255],
  ]);
  const waves = await sig.poison(input());
  const [id] = waves.poisonIds.sig;
  const [before, after] = [train.pixels.read(id).slice(), waves.train.pixels.read(id).slice()];
  // Columns 4 and 12: sin(2 pi 6 4 / 32) = -1, sin(2 pi 6 12 / 32) = 1.
  for (const [column, shift] of [
    [4, -20],
    [12, 20],
    [16, 0],
  ] as const)
    expect(pixel(after, 5, column)).toEqual(
      pixel(before, 5, column).map((level) => Math.min(255, Math.max(0, level + shift))),
    );
});

test("a share of the noise above 1 is refused", async () => {
  await expect(blend.poison(input({ options: { alpha: 1.5 } }))).rejects.toThrow(UserError);
  await expect(blend.poison(input({ options: { alpha: 1.5 } }))).rejects.toThrow(
    "not a number above 0, at most 1",
  );
});
