import { expect, test } from "vitest";
import { createRng } from "../../src/random/rng.js";
import { sourceFindings } from "../../src/scan/sources.js";
import type { JudgedClass } from "../../src/scan/verdict.js";
import { sampleScan } from "../report/sample-report.js";

const [numClasses, m, n] = [2, 90, 40];
const { verdict } = sampleScan({
  classNames: ["cat", "dog"],
  suspects: m,
  flagged: 9,
  trusted: n,
  odd: 1,
  side: 2,
});

/** Three sources in turn, the last rows without one. */
const supplierOf = (row: number) => (row % m >= m - 3 ? undefined : ["north", "south", "east"][row % 3]);

/** The sample's classes with scores of which one source's may be higher. */
function classesWith(seed: number, lift: number): readonly JudgedClass[] {
  const rng = createRng(seed);
  const scored = (score: string, { rows, reference }: JudgedClass, isBlind: boolean) => ({
    ...verdict.classes[0],
    score,
    p: 0.5,
    scores: Float64Array.from(
      rows,
      (row) => rng.uniform() + (supplierOf(row) === "south" || !isBlind ? lift : 0),
    ),
    reference: { rows: reference.rows, scores: Float64Array.from(reference.rows, () => rng.uniform()) },
  });
  return verdict.classes.map((one) => ({
    ...one,
    byScore: [scored("pattern", one, true), scored("activations", one, true), scored("forest", one, false)],
  }));
}

const find = (classes: readonly JudgedClass[]) =>
  sourceFindings({ numSuspects: numClasses * m, supplierOf, alsoTrusted: Int32Array.of(0) }, classes, 0.05);

test("the source whose images score higher is evidence, and the others are not", () => {
  const found = find(classesWith(1, 1));
  expect(found.map(({ name }) => name)).toEqual(["south", expect.anything(), expect.anything(), undefined]);
  expect(found.map(({ isEvidence }) => isEvidence)).toEqual([true, false, false, false]);
  // 30 of each class, less three without a source, and less an image that is trusted as well.
  const images = Object.fromEntries(found.map(({ name, images }) => [name ?? "none", images]));
  expect(images).toEqual({ north: 57, south: 58, east: 58, none: 6 });
  // Flagged are the first nine of the first class.
  expect(found.reduce((sum, { flagged }) => sum + flagged, 0)).toBe(9);
  expect(found.at(-1)).toMatchObject({ name: undefined, p: undefined, flagged: 0 });
  // Corrected for two classes and two scores, then for three sources.
  expect(found[0].adjustedP).toBeCloseTo(3 * (found[0].p ?? 0), 12);
});

test("where sources are like the trusted ones a false alarm is as rare as it is said to be", () => {
  const alarms = Array.from({ length: 200 }, (_, seed) => find(classesWith(seed, 0))).filter((found) =>
    found.some(({ isEvidence }) => isEvidence),
  );
  // At most 5 % are expected: more than 18 of 200 would be one case in a hundred.
  expect(alarms.length).toBeLessThanOrEqual(18);
});

test("without sources there is nothing to show; a source of few images is counted and not tested", () => {
  const all = { numSuspects: numClasses * m, alsoTrusted: new Int32Array() };
  const classes = classesWith(3, 0);
  expect(sourceFindings({ ...all, supplierOf: () => undefined }, classes, 0.05)).toEqual([]);
  const few = sourceFindings({ ...all, supplierOf: (row) => (row < 9 ? "few" : undefined) }, classes, 0.05);
  expect(few).toContainEqual(expect.objectContaining({ name: "few", images: 9, p: undefined }));
});
