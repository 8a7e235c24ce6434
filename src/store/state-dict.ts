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

/** The arrays of a part of something larger, under names that begin with that of the part. */
export const inGroup = (group: string, state: StateDict): StateDict =>
  new Map([...state].map(([name, array]) => [`${group}/${name}`, array]));

/** What `inGroup` named so, under its own names. */
export const groupOf = (state: StateDict, group: string): StateDict =>
  new Map(
    [...state]
      .filter(([name]) => name.startsWith(`${group}/`))
      .map(([name, array]) => [name.slice(group.length + 1), array]),
  );

/** Number of scalars in a tensor of this shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((size, axis) => size * axis, 1);
