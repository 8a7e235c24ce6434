import { expect, test } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32 } from "../../src/store/half-precision.js";

test("float16: normal, subnormal, signed zero, largest, infinite", () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0xfc00, 0x3555);
  expect([...float16ToFloat32(bits)]).toEqual([1, -2, 2 ** -24, -0, 65504, -Infinity, 0.333251953125]);
  expect(float16ToFloat32(Uint16Array.of(0x7e00))[0]).toBeNaN();
});

test("bfloat16 is the upper half of a float32", () => {
  expect([...bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc049, 0x7f80))]).toEqual([1, -3.140625, Infinity]);
});

test("many halves at once are the same numbers, one by one", () => {
  const every = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const one = (bits: number) => float16ToFloat32(Uint16Array.of(bits))[0];
  expect(float16ToFloat32(every)).toEqual(Float32Array.from(every, one));
});
