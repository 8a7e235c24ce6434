import { FormatFault } from "../errors.js";
import { latin1 } from "./byte-reader.js";

/**
 * What a pickle can hold here. Python's byte strings (also Python 2's `str`) are Uint8Array views of the file; lists,
 * tuples and sets are arrays; dictionaries are Maps whose byte-string keys have become strings (Latin-1).
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleConstructor
  | UnknownName
  | PickleObject;

/** Something that a pickle may call, under the name it is called by. It may throw a FormatFault. */
export class PickleConstructor {
  constructor(
    /** Module and name: "numpy.dtype" */
    readonly name: string,
    readonly construct: (args: readonly PickleValue[]) => PickleValue,
  ) {}
}

/** What a constructor made; the pickle may then give it its state, once. */
export abstract class PickleObject {
  /** @throws FormatFault when this is no state for such an object */
  abstract setState(state: PickleValue): void;
}

/** A class or function that is not followed: it can be held, and objects of it stand for nothing, but it is never called. */
export class UnknownName {
  constructor(
    /** Module and name: "argparse.Namespace" */
    readonly name: string,
  ) {}
}

/** Stands where an object would be whose value is of no use. Whatever it is given is dropped. */
export class Placeholder extends PickleObject {
  constructor(
    /** Module and name of the class. */
    readonly className: string,
  ) {
    super();
  }

  setState(): void {}
}

/** An ordered dictionary. It may be given attributes (PyTorch's `_metadata`); they are dropped. */
export class OrderedDictionary extends Map<PickleValue, PickleValue> {}

const MAX_NAME_LENGTH = 256;

/** A name or a short text. @throws FormatFault when it is none */
export function textOf(value: PickleValue | undefined): string {
  if (typeof value === "string" && value.length <= MAX_NAME_LENGTH) return value;
  if (value instanceof Uint8Array && value.length <= MAX_NAME_LENGTH) return latin1(value);
  throw new FormatFault("a name is missing or too long");
}
