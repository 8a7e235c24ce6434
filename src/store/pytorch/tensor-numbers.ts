import { FormatFault } from "../../errors.js";
import { elementCount, type StateArray, type StateDict } from "../state-dict.js";
import { decodeNumbers } from "../stored-numbers.js";
import type { TorchFile } from "./torch-file.js";
import type { TorchTensor } from "./torch-values.js";

/** Aliases and expanded tensors make a state larger than its file: by no more than this, so that a small file cannot fill the memory. */
const maxGrowth = 4;
const alwaysAllowed = 1_000_000;

/**
 * Reads the numbers of tensors. Tensors that share a storage may share memory.
 * @throws Error when storages are not as they should be, or a tensor's numbers do not fit float32
 */
export async function readTensors(
  file: TorchFile,
  tensors: ReadonlyMap<string, TorchTensor>,
): Promise<StateDict> {
  checkGrowth(tensors);
  const storages = new Map<string, Omit<StateArray, "shape">>();
  const state: StateDict = new Map();
  for (const [name, tensor] of tensors) {
    const { storage, shape } = tensor;
    const key = `${storage.type} ${storage.key}`;
    const numbers = storages.get(key) ?? decodeNumbers(name, storage.type, await file.read(storage));
    storages.set(key, numbers);
    state.set(name, { ...numbers, shape, data: viewed(tensor, numbers.data) });
  }
  return state;
}

function checkGrowth(tensors: ReadonlyMap<string, TorchTensor>): void {
  const storages = new Map([...tensors.values()].map(({ storage }) => [storage.key, storage]));
  const stored = [...storages.values()].reduce((sum, { count }) => sum + count, 0);
  const asked = [...tensors.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (asked > maxGrowth * stored + alwaysAllowed) {
    throw new FormatFault(`its tensors have ${asked} elements, what it stores ${stored}`);
  }
}

/** @param numbers all of the tensor's storage @returns the tensor's elements in C order; shared where they lie so already */
function viewed({ offset, shape, strides }: TorchTensor, numbers: Float32Array): Float32Array {
  const count = elementCount(shape);
  const contiguous = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  if (count === 0 || shape.every((size, axis) => size === 1 || strides[axis] === contiguous[axis])) {
    return numbers.subarray(offset, offset + count);
  }
  const elements = new Float32Array(count);
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < count; to++) {
    elements[to] = numbers[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return elements;
}
