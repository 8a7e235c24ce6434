import { expect, test } from "vitest";
import { elementFromPytorch, fromPytorchLayout, tensorShape, toPytorchLayout } from "../../src/nn/layout.js";

test.each([[[5, 3, 2, 4]], [[4, 7]], [[6]], [[1, 3, 4]], [[]]])("%j there and back", (shape) => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length: size }, (_, i) => i + 1);
  const there = fromPytorchLayout(shape, data);
  expect(toPytorchLayout(shape, there)).toEqual(data);
  expect(there).not.toBe(data);
  const moved = new Float32Array(size);
  data.forEach((value, i) => {
    moved[elementFromPytorch(shape, i)] = value;
  });
  expect(there).toEqual(moved);
});

test("a convolution's element in tfjs's order of axes", () => {
  const shape = [5, 3, 2, 4];
  const [outputs, inputs, , width] = shape;
  expect(tensorShape(shape)).toEqual([2, 4, 3, 5]);
  const [o, i, row, column] = [4, 1, 1, 2];
  const pytorch = ((o * inputs + i) * 2 + row) * width + column;
  expect(elementFromPytorch(shape, pytorch)).toBe(((row * width + column) * inputs + i) * outputs + o);
});
