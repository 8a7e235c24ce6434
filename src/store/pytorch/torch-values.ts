import { FormatFault } from "../../errors.js";
import {
  PickleConstructor,
  PickleObject,
  type PickleValue,
  textOf,
  UnknownName,
} from "../../pickle/pickle-values.js";
import { printable } from "../../pickle/printable.js";
import { elementBytes, type StoredType } from "../stored-numbers.js";

const maxAxes = 32;
/** With `maxAxes` it keeps any product of sizes finite. */
const maxAxis = 2 ** 31 - 1;
const maxStorageBytes = 2 ** 31 - 1;

const notCallable = () => {
  throw new FormatFault("a call of what cannot be called");
};

/** The class of a storage (`torch.FloatStorage`), which tells its element type. */
export class StorageClass extends PickleConstructor {
  constructor(
    name: string,
    readonly type: StoredType,
  ) {
    super(name, notCallable);
  }
}

/** Numbers in a row that tensors are views of. The file keeps them apart from the pickle, under `key`. */
export class TorchStorage extends PickleObject {
  constructor(
    readonly key: string,
    readonly type: StoredType,
    /** Elements, not bytes. */
    readonly count: number,
  ) {
    super();
  }

  setState(): void {
    throw new FormatFault("a state is given to a storage");
  }

  get bytes(): number {
    return this.count * elementBytes[this.type];
  }
}

/** A view of a storage; it never reaches beyond it. */
export class TorchTensor extends PickleObject {
  constructor(
    readonly storage: TorchStorage,
    /** Element of the storage that the view starts at. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** Steps along the axes, in elements. */
    readonly strides: readonly number[],
  ) {
    super();
  }

  setState(): void {
    throw new FormatFault("a state is given to a tensor");
  }
}

/** @param args (storage, offset, shape, strides, …); what follows does not concern the numbers */
export function rebuildTensor(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof TorchStorage)) throw new FormatFault("a tensor without its storage");
  const [start, sizes, steps] = [wholeNumber(offset), wholeNumbers(shape), wholeNumbers(strides)];
  if (sizes.some((size) => size > maxAxis)) throw new FormatFault(`a tensor [${sizes}]`);
  if (sizes.length !== steps.length) {
    throw new FormatFault(`a tensor [${sizes}] with ${steps.length} strides`);
  }
  const last = sizes.reduce((sum, size, axis) => sum + (size - 1) * steps[axis], start);
  if (!sizes.includes(0) && last >= storage.count) {
    throw new FormatFault(
      `a tensor [${sizes}] that ends at element ${last} of a storage of ${storage.count}`,
    );
  }
  return new TorchTensor(storage, start, sizes, steps);
}

/** A parameter is its tensor. */
export function rebuildParameter([tensor]: readonly PickleValue[]): TorchTensor {
  if (!(tensor instanceof TorchTensor)) throw new FormatFault("a parameter without its tensor");
  return tensor;
}

/** @param id ("storage", class, key, device, element count, no view) */
export function resolveStorage(id: PickleValue): TorchStorage {
  const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
  if (type instanceof UnknownName)
    throw new FormatFault(`a tensor of "${printable(type.name)}", which is not read`);
  if (textOf(kind) !== "storage" || !(type instanceof StorageClass)) {
    throw new FormatFault("a reference to what is no storage");
  }
  if (view !== undefined && view !== null) throw new FormatFault("a view of another storage");
  const storage = new TorchStorage(textOf(key), type.type, wholeNumber(count));
  if (storage.bytes > maxStorageBytes) throw new FormatFault("a tensor larger than 2 GiB");
  return storage;
}

function wholeNumber(value: PickleValue | undefined): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new FormatFault("a size, stride or offset that is no whole number");
  }
  return value;
}

function wholeNumbers(value: PickleValue | undefined): number[] {
  if (!Array.isArray(value) || value.length > maxAxes) throw new FormatFault("a tensor without a shape");
  return value.map(wholeNumber);
}
