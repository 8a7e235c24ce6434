/**
 * What a pickle can hold here. Python's byte strings (also Python 2's `str`) are Uint8Array views of the file; lists
 * and tuples are arrays; dictionaries are Maps whose byte-string keys have become strings (Latin-1).
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
