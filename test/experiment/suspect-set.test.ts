import { expect, test } from "vitest";
import { cleanSuspectCount, drawSuspectSet } from "../../src/experiment/suspect-set.js";
import { createRng } from "../../src/random/rng.js";

const targetIds = Int32Array.from({ length: 40 }, (_, i) => 10 * i + 2);
const poisonIds = targetIds.filter((_, i) => i % 4 === 1);
const draw = (prSus: number, seed = 545) => drawSuspectSet(targetIds, poisonIds, prSus, createRng(seed));

test.each([
  [500, 100, 0],
  [500, 50, 500],
  [500, 25, 1500],
  [10, 67, 4],
  [7, 70, 3],
  [10, 30, 23],
  // In floating point 9 * (100 / 90 - 1) is a little less than 1.
  [9, 90, 1],
  [3, 99, 0],
])("%i poisons at %i %% take %i clean samples", (numPoisons, prSus, expected) => {
  expect(cleanSuspectCount(numPoisons, prSus)).toBe(expected);
});

test("all poisons and the clean ones drawn, ascending; the rest is the reference", () => {
  const { suspects, reference } = draw(50);
  expect(suspects).toHaveLength(20);
  expect(poisonIds.every((id) => suspects.includes(id))).toBe(true);
  for (const ids of [suspects, reference]) expect([...ids]).toEqual([...ids].sort((a, b) => a - b));
  expect([...suspects, ...reference].sort((a, b) => a - b)).toEqual([...targetIds]);
});

test("100 %: only the poisons; all clean samples of the class are the reference", () => {
  const { suspects, reference } = draw(100);
  expect(suspects).toEqual(poisonIds);
  expect(reference).toHaveLength(30);
});

test("the seed decides; what was drawn from the stream before does not", () => {
  expect(draw(50)).toEqual(draw(50));
  expect(draw(50)).not.toEqual(draw(50, 546));
  const used = createRng(545);
  used.uniform();
  expect(drawSuspectSet(targetIds, poisonIds, 50, used)).toEqual(draw(50));
});

test("25 % takes the whole class; less is refused", () => {
  expect(draw(25).reference).toHaveLength(0);
  expect(() => draw(24)).toThrow(/Cannot draw 31 of 30/);
});
