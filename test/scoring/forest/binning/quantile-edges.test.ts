import { describe, expect, test } from "vitest";
import { binningScratch, newBinnedMatrix } from "../../../../src/scoring/forest/binned-matrix.js";
import { quantileEdges } from "../../../../src/scoring/forest/binning/quantile-edges.js";
import { BinAssigner } from "../../../../src/scoring/forest/kernel/bin-assigner.js";
import { ScratchPieces } from "../../../../src/scoring/forest/kernel/scratch.js";
import { normals } from "../../random-table.js";

/** The obvious way: count the edges below a value. */
const binsByCounting = (values: Float32Array, edges: Float32Array): number[] =>
  Array.from(values, (value) => edges.filter((edge) => edge < value).length);

function binsOf(values: Float32Array, edges: Float32Array): number[] {
  const { matrix, allFinite } = assign(values, edges);
  expect(allFinite).toBe(true);
  return Array.from(matrix.codes);
}

function assign(values: Float32Array, edges: Float32Array) {
  const matrix = newBinnedMatrix({ rows: values.length, cols: 1, trees: 1, threads: 1 });
  const scratch = new ScratchPieces(binningScratch(matrix, 0));
  const inMemory = scratch.float32(values.length);
  inMemory.set(values);
  return { matrix, allFinite: new BinAssigner(matrix, scratch).assign(0, inMemory, edges) };
}

const spreads: [string, Float32Array][] = [
  ["normal", Float32Array.from(normals(3000, "bins"))],
  ["heavy-tailed", Float32Array.from(normals(3000, "tails"), (x) => x ** 9)],
  ["mostly zero", Float32Array.from(normals(3000, "zeros"), (x) => Math.max(0, x - 1))],
  ["tiny", Float32Array.from(normals(3000, "tiny"), (x) => x * 1e-40)],
  ["huge", Float32Array.from(normals(3000, "huge"), (x) => x * 5e37)],
  ["few values", Float32Array.from(normals(3000, "few"), (x) => Math.round(x * 4))],
];

describe.each(spreads)("%s values", (_name, values) => {
  const edges = quantileEdges(values.slice().sort());

  test("edges ascend, at most 255 of them", () => {
    expect(edges.length).toBeLessThanOrEqual(255);
    expect(edges.every((edge, i) => i === 0 || edge > edges[i - 1])).toBe(true);
  });

  test("a bin is the number of edges below the value", () => {
    expect(binsOf(values, edges)).toEqual(binsByCounting(values, edges));
  });

  test("values outside those that made the edges go to the outer bins", () => {
    const outside = Float32Array.of(-3e38, 3e38);
    expect(binsOf(outside, edges)).toEqual([0, edges.length]);
  });
});

test("bins of different values hold about as many each", () => {
  const values = Float32Array.from(normals(25_600, "population"));
  const counts = new Array<number>(256).fill(0);
  for (const bin of binsOf(values, quantileEdges(values.slice().sort()))) counts[bin]++;
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(95);
  expect(Math.max(...counts)).toBeLessThanOrEqual(105);
});

test("a value that fills half the column leaves the other bins to the rest", () => {
  const values = Float32Array.from(normals(20_000, "half"), (x) => Math.max(0, x));
  expect(quantileEdges(values.slice().sort()).length).toBeGreaterThan(200);
});

test("up to 256 different values have a bin each, also neighbouring floats", () => {
  const next = Math.fround(1 + 2 ** -23);
  expect(binsOf(Float32Array.of(1, next, 1), quantileEdges(Float32Array.of(1, 1, next)))).toEqual([0, 1, 0]);
  const values = Float32Array.from({ length: 256 }, (_, i) => i * i);
  expect(binsOf(values, quantileEdges(values))).toEqual(Array.from({ length: 256 }, (_, i) => i));
});

test("a constant column has one bin", () => {
  const edges = quantileEdges(Float32Array.of(2, 2, 2));
  expect(edges).toHaveLength(0);
  expect(binsOf(Float32Array.of(2, 3), edges)).toEqual([0, 0]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%f is not finite", (value) => {
  expect(assign(Float32Array.of(1, 2, value, 3), Float32Array.of(1.5, 2.5)).allFinite).toBe(false);
});
