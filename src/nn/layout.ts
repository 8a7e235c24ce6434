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

/** @param data C order of PyTorch's shape; copied */
export function fromPytorchLayout(shape: readonly number[], data: ArrayLike<number>): Float32Array {
  const result = new Float32Array(data);
  const [outputs, inputs, area] = weightExtents(shape);
  if (area === 0) return result;
  let from = 0;
  for (let output = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++)
      for (let position = 0; position < area; position++)
        result[(position * inputs + input) * outputs + output] = data[from++];
  return result;
}

/** @param data C order of tfjs's shape; copied */
export function toPytorchLayout(shape: readonly number[], data: ArrayLike<number>): Float32Array {
  const result = new Float32Array(data);
  const [outputs, inputs, area] = weightExtents(shape);
  if (area === 0) return result;
  let to = 0;
  for (let output = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++)
      for (let position = 0; position < area; position++)
        result[to++] = data[(position * inputs + input) * outputs + output];
  return result;
}

/** Outputs, inputs and positions of a weight; 0 positions for an array that is the same in both layouts. */
function weightExtents(shape: readonly number[]): readonly [number, number, number] {
  if (shape.length === 4) return [shape[0], shape[1], shape[2] * shape[3]];
  return shape.length === 2 ? [shape[0], shape[1], 1] : [0, 0, 0];
}
