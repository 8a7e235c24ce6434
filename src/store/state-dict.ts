/** One tensor of a model's state, in PyTorch's layout (convolutions OIHW, linear [out, in]). */
export interface StateArray {
  /** Axis lengths; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** float32 [product of shape], C order. Counters (`num_batches_tracked`) are held here too. */
  readonly data: Float32Array;
  /** How it is stored on disk; default "float32". */
  readonly dtype?: "float32" | "int64";
}

/** A model's parameters and buffers by name, in the order of PyTorch's `state_dict()`. */
export type StateDict = Map<string, StateArray>;

/** Number of scalars in a tensor of this shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((size, axis) => size * axis, 1);
