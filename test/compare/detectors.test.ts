import { describe, expect, test } from "vitest";
import type { Examined } from "../../src/compare/detector.js";
import type { Forward } from "../../src/compare/forward.js";
import { type DetectorName, detectors } from "../../src/compare/registry.js";
import { createRng } from "../../src/random/rng.js";
import { golden, maxAbsDifference } from "../golden.js";

interface Reference {
  readonly input_check: readonly (readonly [number, number, number])[];
  readonly rate: number;
  readonly detectors: Readonly<
    Partial<Record<DetectorName, { readonly scores: number[]; readonly flagged: number[] }>>
  >;
}

const reference = golden<Reference>("detectors");
const [numClasses, d, own, other, poisons] = [6, 8, 60, 30, 12];
const n = own + (numClasses - 1) * other;

// The formula of scripts/reference/detectors.py.
const labels = Int32Array.from({ length: n }, (_, row) =>
  row < own ? 0 : 1 + Math.floor((row - own) / other),
);
const table = (cols: number, value: (row: number, column: number) => number) => ({
  rows: n,
  cols,
  data: Float32Array.from({ length: n * cols }, (_, i) => value(Math.floor(i / cols), i % cols)),
});
const features = table(d, (i, c) => {
  const noise = Math.sin(1.7 * i + 0.9 * c + 0.31 * i * c) + Math.sin(0.013 * i * i + 2.1 * c);
  const shift = i < poisons ? (c === 1 ? 2.5 : c === 7 ? 3 : 0) : 0;
  return (c === labels[i] ? 3 : 0) + 0.8 * noise + shift;
});
const logits = table(numClasses, (i, c) => 1.5 * features.data[i * d + c]);
const earlier = table(numClasses, (i, c) => 0.5 * logits.data[i * numClasses + c]);

const members = Int32Array.from({ length: own }, (_, i) => i);
const trusted = {
  members: members.subarray(40),
  others: Int32Array.from(
    { length: 10 * (numClasses - 1) },
    (_, i) => own + Math.floor(i / 10) * other + (i % 10),
  ),
};

/** A linear network: what is laid over an image adds its logits, and dropout scales them. */
const linear: Forward = {
  numOverlays: 16,
  overlaid: async (rows, overlay) =>
    perLogit(
      rows,
      (row, c) => logits.data[row * numClasses + c] + logits.data[(own + 9 * overlay) * numClasses + c],
    ),
  dropped: async (rows, rate) =>
    perLogit(
      rows,
      (row, c) => logits.data[row * numClasses + c] * (1 - rate * (0.5 + 0.5 * Math.sin(row) ** 2)),
    ),
};
const perLogit = (rows: Int32Array, value: (row: number, c: number) => number) =>
  Float32Array.from({ length: rows.length * numClasses }, (_, i) =>
    value(rows[Math.floor(i / numClasses)], i % numClasses),
  );

const examined: Examined = {
  label: 0,
  members,
  pass: { labels, numClasses, features, logits },
  stages: { rows: own, cols: d, data: features.data.slice(0, own * d) },
  earlier: [{ labels, numClasses, features, logits: earlier }],
  forward: linear,
  scanJudges: () => Promise.reject(new Error("There are no images.")),
  assumedShare: poisons / n,
};

test("the formula's table is the reference's", () => {
  for (const [row, column, value] of reference.input_check)
    expect(features.data[row * d + column]).toBeCloseTo(value, 5);
});

describe("scores and own flags are those of NumPy and scikit-learn", () => {
  const names = Object.keys(reference.detectors) as DetectorName[];
  test.each(names)("%s", async (name) => {
    const expected = reference.detectors[name];
    if (!expected) throw new Error("No reference.");
    const found = await detectors[name].score(examined, trusted, createRng("reference"));
    const largest = expected.scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
    expect(maxAbsDifference(found.scores, expected.scores) / largest).toBeLessThan(2e-5);
    expect([...(found.flagged ?? [])]).toEqual(expected.flagged);
  });

  test("every detector but those with forests and those of a scan is among them", () => {
    const others = ["poisonspot", "increments", "penultimate", "stages"];
    others.push("scan_pattern", "scan_noise", "scan_activations");
    expect([...names, ...others].sort()).toEqual(Object.keys(detectors).sort());
  });
});

test("a detector says what it lacks", () => {
  const few = { ...examined, earlier: [], pass: { ...examined.pass, numClasses: 4 } };
  const lacking = Object.values(detectors).flatMap(({ title, missing }) =>
    missing?.({ ...few, forward: { ...linear, numOverlays: 0 } }) === undefined ? [] : [title],
  );
  expect(lacking).toEqual([
    "PoisonSpot",
    "forest on increments",
    "SCAn",
    "STRIP",
    "low early loss",
    "TracIn",
  ]);
});
