import type { FileHandle } from "node:fs/promises";
import { messageOf, UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { readExactly } from "../files/read-exactly.js";
import { openRegularFile, unreadable } from "../files/regular-file.js";
import { shownPath } from "../files/shown-path.js";
import { arrayTypes, type Dtype, maxHeaderBytes, npyHeader, parseNpyStart } from "./npy-header.js";

interface Values {
  float32: Float32Array;
  float64: Float64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
}

/** An array in C order (the last axis is the fastest). */
export type NpyArray = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: Values[D];
  };
}[Dtype];

interface NpyLimits {
  /** Values of a larger file are not read: their bytes. At most 2 GiB. */
  readonly maxBytes?: number;
  /** What the user can do when the file is missing or damaged. */
  readonly hint: string;
}

/** Writes an array so that `numpy.load` reads it, atomically. */
export const writeNpy = (path: string, array: NpyArray): Promise<void> =>
  writeFileAtomic(path, ...npyParts(array));

/** The bytes of a file that `numpy.load` reads. */
export const npyParts = ({ dtype, shape, data }: NpyArray): Uint8Array[] => [
  npyHeader(dtype, shape),
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
];

/**
 * Reads an array that NumPy wrote: format versions 1 to 3, little-endian, C order. Pickled objects are refused.
 * @throws UserError naming the file when it is missing, damaged, of another kind or too large
 */
export const readNpy = (path: string, { hint, maxBytes = 2 ** 31 - 1 }: NpyLimits): Promise<NpyArray> =>
  withNpy(path, hint, async (file, { dtype, shape, dataStart, bytes }) => {
    if (bytes > maxBytes) throw new Error(`it has ${bytes} bytes of values, more than ${maxBytes}`);
    return typed(dtype, shape, await readExactly(file, dataStart, bytes));
  });

/**
 * Reads rows of an array, along its first axis, one at a time: the file may be larger than memory.
 * @param rows in the order wanted
 * @param check told the whole array's shape before anything is read; it may throw
 * @throws UserError as `readNpy`, and for a row that is not there
 */
export const readNpyRows = (
  path: string,
  rows: ArrayLike<number>,
  { hint, check }: { hint: string; check: (shape: readonly number[], dtype: Dtype) => void },
): Promise<NpyArray> =>
  withNpy(path, hint, async (file, { dtype, shape, dataStart, bytes }) => {
    check(shape, dtype);
    const [count, ...rest] = shape;
    const rowBytes = bytes / count;
    const all = Buffer.from(new ArrayBuffer(rows.length * rowBytes));
    for (let i = 0; i < rows.length; i++) {
      if (!Number.isInteger(rows[i]) || rows[i] < 0 || rows[i] >= count)
        throw new Error(`it has no row ${rows[i]}`);
      all.set(await readExactly(file, dataStart + rows[i] * rowBytes, rowBytes), i * rowBytes);
    }
    return typed(dtype, [rows.length, ...rest], all);
  });

/** Type, shape and place of the values of an array of any size. @throws UserError as `readNpy` */
export const readNpyHeader = (path: string, hint: string): Promise<NpyHeader> =>
  withNpy(path, hint, async (_, header) => header);

interface NpyHeader {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Position in the file. */
  readonly dataStart: number;
  /** Of all values. */
  readonly bytes: number;
}

/** Opens an array for `read`, and says for what it throws which file it was. */
async function withNpy<T>(
  path: string,
  hint: string,
  read: (file: FileHandle, header: NpyHeader) => Promise<T>,
): Promise<T> {
  const file = await openRegularFile(path).catch(unreadable(path, hint));
  try {
    const info = await file.stat();
    const start = await readExactly(file, 0, Math.min(info.size, 12 + maxHeaderBytes));
    const { dtype, shape, dataStart } = parseNpyStart(start);
    const bytes = shape.reduce(
      (product, length) => product * length,
      arrayTypes[dtype].array.BYTES_PER_ELEMENT,
    );
    if (info.size !== dataStart + bytes) {
      throw new Error(`[${shape}] ${dtype} need ${dataStart + bytes} bytes, it has ${info.size}`);
    }
    return await read(file, { dtype, shape, dataStart, bytes });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new UserError(`${shownPath(path)} is no readable .npy array: ${reason}.`, hint, { cause });
  } finally {
    await file.close();
  }
}

/** @param bytes in memory of their own */
function typed(dtype: Dtype, shape: readonly number[], bytes: Buffer<ArrayBuffer>): NpyArray {
  const data = new arrayTypes[dtype].array(bytes.buffer);
  // Both are of one line of the table.
  return { dtype, shape, data } as NpyArray;
}
