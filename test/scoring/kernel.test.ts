import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { newBinnedMatrix } from "../../src/scoring/binned-matrix.js";
import { sourceSha256 } from "../../src/scoring/kernel/forest-wasm.js";
import { ScratchPieces } from "../../src/scoring/kernel/scratch.js";

test("the compiled kernel is that of its source: run `npm run kernel` after a change", () => {
  const source = readFileSync(new URL("../../src/scoring/kernel/assembly/forest.ts", import.meta.url));
  expect(createHash("sha256").update(source).digest("hex")).toBe(sourceSha256);
});

test("a table whose bins cannot fit in memory is refused with the flags that help", () => {
  expect(() => newBinnedMatrix(1_000_000, 10_000, 2)).toThrow(/1000000 rows of 10000 features/);
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
