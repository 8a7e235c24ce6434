import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { newBinnedMatrix } from "../../../src/scoring/forest/binned-matrix.js";
import { treeEntry } from "../../../src/scoring/forest/growing/tree-entries.js";
import { forestKernel } from "../../../src/scoring/forest/kernel/forest-kernel.js";
import { sourceSha256 } from "../../../src/scoring/forest/kernel/forest-wasm.js";
import { SampleSorter } from "../../../src/scoring/forest/kernel/sample-sorter.js";
import { ScratchPieces } from "../../../src/scoring/forest/kernel/scratch.js";
import { normals } from "../random-table.js";

test("the compiled kernel is that of its source: run `npm run kernel` after a change", () => {
  const read = (name: string): Buffer =>
    readFileSync(new URL(`../../../src/scoring/forest/kernel/assembly/${name}`, import.meta.url));
  const source = Buffer.concat([read("growing.ts"), read("binning.ts")]);
  expect(createHash("sha256").update(source).digest("hex")).toBe(sourceSha256);
});

test("a table that no thread has room for is refused with what it needs and the flags that help", () => {
  const wish = { rows: 1_000_000, cols: 10_000, trees: 200, threads: 192 };
  expect(() => newBinnedMatrix(wish)).toThrow(
    /1000000 rows of 10000 features is too large: a single thread needs 10.\d GiB of memory, at most 4/,
  );
  expect(() => newBinnedMatrix({ ...wish, rows: 20_000_000, cols: 1 })).toThrow("16777216 rows");
});

test("pieces of a scratch neither overlap nor leave it", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const pieces = new ScratchPieces({ memory, start: 64, size: 32 });
  const bytes = pieces.uint8(3).fill(1);
  const numbers = pieces.float64(2).fill(-1);
  expect([...bytes]).toEqual([1, 1, 1]);
  expect([bytes.byteOffset, numbers.byteOffset]).toEqual([64, 72]);
  expect(() => pieces.int32(3)).toThrow(/too few/);
});

const someMemory = () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  return { memory, scratch: new ScratchPieces({ memory, start: 64, size: 2 ** 17 - 64 }) };
};

test.each([
  [8, 4, 4],
  [7, 8, 12],
  [3, 4, 16],
])("%i rows of %i columns, rows %i values apart, are turned around", (rows, width, stride) => {
  const { memory, scratch } = someMemory();
  const source = scratch.float32(rows * stride);
  source.set(normals(source.length, "table"));
  const target = scratch.float32(rows * width);
  forestKernel(memory).transpose(source.byteOffset, 4 * stride, target.byteOffset, rows, width);
  const expected = Array.from(target, (_, i) => source[(i % rows) * stride + Math.floor(i / rows)]);
  expect([...target]).toEqual(expected);
});

test("some values of a column are sorted, as Float32Array.sort does", () => {
  const { memory, scratch } = someMemory();
  const column = scratch.float32(3000);
  const special = [0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, 7, 7];
  column.set([...special, ...normals(3000 - special.length, "sorted")]);
  const rows = Int32Array.from({ length: 1500 }, (_, i) => 2 * i + (i < 5 ? 0 : 1));
  const sorter = new SampleSorter(memory, scratch, rows);
  expect(sorter.sort(column)).toEqual(Float32Array.from(rows, (row) => column[row]).sort());
});

test("a row drawn more often than an entry can hold is refused", () => {
  expect(treeEntry(5, 255)).toBe(255 * 2 ** 24 + 5);
  expect(() => treeEntry(5, 256)).toThrow("256 times");
});
