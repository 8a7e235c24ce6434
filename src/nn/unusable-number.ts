import type { StateEntry } from "./state-entry.js";

/**
 * The first number of an entry that no network can compute with: one that is not finite, or a variance below 0. It has to be
 * found before anything is computed: some engines lose a NaN on the way and go on with what is left.
 * @param data PyTorch's layout, C order
 * @returns such as "conv1.weight[3, 0, 2, 1] is NaN"; undefined when there is none
 */
export function unusableNumber(
  { name, kind, shape }: StateEntry,
  data: ArrayLike<number>,
): string | undefined {
  const isVariance = kind === "buffer" && name.endsWith("running_var");
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) return `${name}${indexOf(i, shape)} is ${data[i]}`;
    if (isVariance && data[i] < 0) return `${name}${indexOf(i, shape)}, a variance, is ${data[i]}`;
  }
  return undefined;
}

/** Indices along the axes of the element at `position`, as Python writes them. */
function indexOf(position: number, shape: readonly number[]): string {
  if (shape.length === 0) return "";
  const indices: number[] = [];
  let rest = position;
  for (const size of shape.toReversed()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${indices.join(", ")}]`;
}
