/*
 * The one place that knows how PyTorch's arrays lie beside tfjs's: convolution weights OIHW -> HWIO, linear weights
 * [out, in] -> [in, out]; every other array is the same in both. All element numbers are C order.
 */

/** The tfjs shape of an array whose PyTorch shape is given. */
export function tensorShape(shape: readonly number[]): number[] {
  if (shape.length === 4) return [shape[2], shape[3], shape[1], shape[0]];
  if (shape.length === 2) return [shape[1], shape[0]];
  return [...shape];
}

/** Where PyTorch's element `index` of an array of PyTorch shape `shape` lies in tfjs's layout. */
export function elementFromPytorch(shape: readonly number[], index: number): number {
  if (shape.length === 4) {
    const [outputs, inputs, height, width] = shape;
    const area = height * width;
    const position = index % area;
    const input = Math.floor(index / area) % inputs;
    const output = Math.floor(index / (area * inputs));
    return (position * inputs + input) * outputs + output;
  }
  if (shape.length === 2) {
    const [outputs, inputs] = shape;
    return (index % inputs) * outputs + Math.floor(index / inputs);
  }
  return index;
}

export function fromPytorchLayout(shape: readonly number[], data: ArrayLike<number>): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < result.length; i++) result[elementFromPytorch(shape, i)] = data[i];
  return result;
}

export function toPytorchLayout(shape: readonly number[], data: ArrayLike<number>): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < result.length; i++) result[i] = data[elementFromPytorch(shape, i)];
  return result;
}
