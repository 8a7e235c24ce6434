import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { makeFolds } from "../../src/scoring/folds.js";

const suspects = Int32Array.from({ length: 23 }, (_, i) => i * 3);
const clean = Int32Array.from({ length: 12 }, (_, i) => 1000 + i);

test("every sample is held out once, suspects and clean samples evenly", () => {
  const folds = makeFolds(suspects, clean, 5, "seed");
  expect(folds).toHaveLength(5);
  expect(folds.flatMap((fold) => [...fold.suspectIds]).sort((a, b) => a - b)).toEqual([...suspects]);
  expect(folds.flatMap((fold) => [...fold.cleanIds]).sort((a, b) => a - b)).toEqual([...clean]);
  expect(folds.map((fold) => fold.suspectIds.size).sort()).toEqual([4, 4, 5, 5, 5]);
  expect(folds.map((fold) => fold.cleanIds.size).sort()).toEqual([2, 2, 2, 3, 3]);
});

test("the seed shuffles", () => {
  const first = (seed: string): number[] => [...makeFolds(suspects, clean, 5, seed)[0].suspectIds];
  expect(first("a")).toEqual(first("a"));
  expect(first("a")).not.toEqual(first("b"));
});

test("too few samples is the user's mistake and names --groups", () => {
  const tooFew = () => makeFolds(suspects, clean.subarray(0, 3), 5, "seed");
  expect(tooFew).toThrow(UserError);
  expect(tooFew).toThrow(
    "--groups 5 is more than the samples allow: there are 23 suspects and 3 clean samples.",
  );
  expect(() => makeFolds(suspects, clean, 1, "seed")).toThrow("at least 2 groups");
});
