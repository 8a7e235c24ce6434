import { expect, test } from "vitest";
import {
  intersectFeatures,
  selectFeatures,
  strongestFeatures,
} from "../../src/provenance/select-features.js";

/** d = |suspect - clean| = 0, 0, 0, 4: mean 1, population deviation sqrt(3). */
const maxima = { suspect: Float32Array.of(1, 2, 5, 3), clean: Float32Array.of(1, 2, 5, 7) };

test("d, z by the population deviation, and the features beyond the cut", () => {
  const { differences, z, features } = selectFeatures(maxima, 1);
  expect([...differences]).toEqual([0, 0, 0, 4]);
  const low = Math.fround(-1 / Math.sqrt(3));
  expect([...z]).toEqual([low, low, low, Math.fround(3 / Math.sqrt(3))]);
  expect([...features]).toEqual([3]);
});

test("the cut is on |z|, and z at the cut itself is not beyond it", () => {
  expect([...selectFeatures(maxima, 0.5).features]).toEqual([0, 1, 2, 3]);
  // d = 0, 2: z = -1, 1.
  const even = { suspect: Float32Array.of(0, 2), clean: new Float32Array(2) };
  expect([...selectFeatures(even, 1).features]).toEqual([]);
  expect([...selectFeatures(even, 0.999).features]).toEqual([0, 1]);
});

test("without any spread no feature is important", () => {
  const same = Float32Array.of(1, 2, 3, 4, 5);
  const { z, features } = selectFeatures({ suspect: same, clean: same }, 0);
  expect([...z]).toEqual([0, 0, 0, 0, 0]);
  expect(features).toHaveLength(0);
});

test("with a cut of 0 every feature is taken that is off the mean", () => {
  expect([...selectFeatures(maxima, 0).features]).toEqual([0, 1, 2, 3]);
});

test("a capture in which nothing moved, and one that is not finite, are said to be so", () => {
  const nothing = { suspect: new Float32Array(3), clean: Float32Array.of(0, 1, 0) };
  expect(() => selectFeatures(nothing, 1)).toThrow(/No suspect moved any feature/);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const odd = { suspect: Float32Array.of(1, value, 1), clean: Float32Array.of(1, 1, 0) };
    expect(() => selectFeatures(odd, 1)).toThrow(/not a finite number: the model has diverged/);
  }
});

test("maxima of different models are refused", () => {
  expect(() => selectFeatures({ suspect: new Float32Array(2), clean: new Float32Array(3) }, 1)).toThrow(
    /2 suspect maxima, 3/,
  );
});

test("features in all epochs, and the strongest of them, ascending", () => {
  expect([...intersectFeatures(Int32Array.of(1, 4, 6, 9), Int32Array.of(0, 4, 9, 11))]).toEqual([4, 9]);
  const z = Float32Array.of(0, -5, 2, 5, 1, -9);
  expect([...strongestFeatures(Int32Array.of(1, 2, 3, 4, 5), z, 2)]).toEqual([1, 5]);
});
