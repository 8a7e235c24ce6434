import { FormatFault } from "../errors.js";
import { PickleConstructor, PickleObject, type PickleValue, textOf } from "./pickle-values.js";

const MAX_DIMENSIONS = 32;

/** An array's element type, such as "u1" (unsigned, 1 byte). */
class NumpyType extends PickleObject {
  constructor(readonly code: string) {
    super();
  }

  /** @param state (version, byte order, …) */
  setState(state: PickleValue): void {
    if (!Array.isArray(state)) throw new FormatFault("an element type without its state");
    if (textOf(state[1]) === ">") throw new FormatFault("an array of big-endian numbers");
  }
}

/** An array in C order. Until its state is set it is empty. */
export class NumpyArray extends PickleObject {
  #shape: readonly number[] = [0];
  #code = "u1";
  #data: Uint8Array = new Uint8Array(0);

  get shape(): readonly number[] {
    return this.#shape;
  }

  /** @param state (version, shape, type, whether in Fortran order, data) */
  setState(state: PickleValue): void {
    if (!Array.isArray(state) || state.length !== 5) throw new FormatFault("an array without its state");
    const [, shape, type, fortranOrder, data] = state;
    if (fortranOrder !== false && fortranOrder !== 0) throw new FormatFault("an array in Fortran order");
    this.fill(shape, type, data);
  }

  /** @throws FormatFault when the data are not exactly as long as shape and type say */
  fill(shape: PickleValue, type: PickleValue, data: PickleValue): void {
    if (!(type instanceof NumpyType) || !(data instanceof Uint8Array)) {
      throw new FormatFault("an array without its type or data");
    }
    const sizes = readShape(shape);
    const expected = sizes.reduce((product, size) => product * size, Number(type.code.slice(1)));
    if (data.length !== expected) {
      throw new FormatFault(`an array ${type.code} [${sizes}] of ${data.length} bytes, not ${expected}`);
    }
    this.#shape = sizes;
    this.#code = type.code;
    this.#data = data;
  }

  /** The elements as numbers; those of 64 bits as near as a float64 is. @throws FormatFault for halves */
  numbers(): number[] {
    return readNumbers(this.#code, this.#data);
  }

  /** The elements, not copied. @throws FormatFault when they are not unsigned bytes */
  uint8(): Uint8Array {
    if (this.#code !== "u1") throw new FormatFault(`an array of ${this.#code}, not of unsigned bytes`);
    return this.#data;
  }
}

/** @param code such as "i8" @param data little-endian, of whole elements */
function readNumbers(code: string, data: Uint8Array): number[] {
  const size = Number(code.slice(1));
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const read = numberReaders[code[0]]?.(bytes, size);
  if (read === undefined) throw new FormatFault(`numbers of the type ${code}`);
  return Array.from({ length: data.length / size }, (_, i) => read(i * size));
}

type NumberReader = (offset: number) => number;

/** By kind; undefined where there is none of that size. */
const numberReaders: Readonly<Record<string, (bytes: Buffer, size: number) => NumberReader | undefined>> = {
  b: (bytes) => (at) => bytes[at],
  i: (bytes, size) => (at) => (size === 8 ? Number(bytes.readBigInt64LE(at)) : bytes.readIntLE(at, size)),
  u: (bytes, size) => (at) => (size === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, size)),
  f: (bytes, size) =>
    ({ 4: (at: number) => bytes.readFloatLE(at), 8: (at: number) => bytes.readDoubleLE(at) })[size],
};

function readShape(value: PickleValue): number[] {
  if (!Array.isArray(value) || value.length > MAX_DIMENSIONS)
    throw new FormatFault("an array without a shape");
  return value.map((size) => {
    if (typeof size !== "number" || !Number.isInteger(size) || size < 0) {
      throw new FormatFault("an array with an impossible shape");
    }
    return size;
  });
}

function makeType(args: readonly PickleValue[]): NumpyType {
  const code = textOf(args[0]);
  if (!/^[biuf][1248]$/.test(code)) throw new FormatFault(`an array of "${code}"`);
  return new NumpyType(code);
}

/** How Python 3 writes bytes in protocol 2: a string of characters up to U+00FF. */
export function encodeBytes(args: readonly PickleValue[]): Uint8Array {
  const [text, encoding] = args;
  if (typeof text !== "string" || !["latin1", "latin-1"].includes(textOf(encoding))) {
    throw new FormatFault("an unknown encoding of bytes");
  }
  return Buffer.from(text, "latin1");
}

function fromBuffer(args: readonly PickleValue[]): NumpyArray {
  const [data, type, shape, order] = args;
  if (textOf(order) !== "C") throw new FormatFault("an array in Fortran order");
  const array = new NumpyArray();
  array.fill(shape, type, data);
  return array;
}

/** A number of NumPy's: (type, its bytes) */
function scalar([type, data]: readonly PickleValue[]): number {
  const array = new NumpyArray();
  array.fill([1], type, data);
  return array.numbers()[0];
}

const notCallable = () => {
  throw new FormatFault("an array made in an unknown way");
};

/** What numpy's arrays need, in the names of numpy 1 and numpy 2. */
export const numpyConstructors: readonly PickleConstructor[] = [
  new PickleConstructor("numpy.core.multiarray._reconstruct", () => new NumpyArray()),
  new PickleConstructor("numpy._core.multiarray._reconstruct", () => new NumpyArray()),
  new PickleConstructor("numpy.core.numeric._frombuffer", fromBuffer),
  new PickleConstructor("numpy._core.numeric._frombuffer", fromBuffer),
  new PickleConstructor("numpy.core.multiarray.scalar", scalar),
  new PickleConstructor("numpy._core.multiarray.scalar", scalar),
  new PickleConstructor("numpy.ndarray", notCallable),
  new PickleConstructor("numpy.dtype", makeType),
  new PickleConstructor("_codecs.encode", encodeBytes),
];
