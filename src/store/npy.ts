import type { FileHandle } from "node:fs/promises";
import { messageOf, UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { readExactly } from "../files/read-exactly.js";
import { openRegularFile } from "../files/regular-file.js";

// NumPy's .npy format: magic, version, header length, header (a Python literal), values.
const magic = Buffer.from("\x93NUMPY", "latin1");
const maxHeaderBytes = 65_536;
const maxAxes = 8;

const arrayTypes = {
  float32: { descr: "<f4", array: Float32Array },
  float64: { descr: "<f8", array: Float64Array },
  uint8: { descr: "|u1", array: Uint8Array },
  int32: { descr: "<i4", array: Int32Array },
  int64: { descr: "<i8", array: BigInt64Array },
} as const;
type Dtype = keyof typeof arrayTypes;
interface Values {
  float32: Float32Array;
  float64: Float64Array;
  uint8: Uint8Array;
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
export function npyParts({ dtype, shape, data }: NpyArray): Uint8Array[] {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${arrayTypes[dtype].descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  // Spaces and a newline bring the values to a multiple of 64.
  const header = `${dict.padEnd(Math.ceil((10 + dict.length + 1) / 64) * 64 - 11)}\n`;
  const prefix = Buffer.alloc(10);
  magic.copy(prefix);
  prefix[6] = 1;
  prefix.writeUInt16LE(header.length, 8);
  const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [prefix, Buffer.from(header, "latin1"), values];
}

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
  const file = await openRegularFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof UserError) throw cause;
    const what = cause.code === "ENOENT" ? `There is no ${path}.` : `Cannot read ${path}.`;
    throw new UserError(what, hint, { cause });
  });
  try {
    const info = await file.stat();
    const start = await readExactly(file, 0, Math.min(info.size, 12 + maxHeaderBytes));
    const { dtype, shape, dataStart } = parseStart(start);
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
    throw new UserError(`${path} is no readable .npy array: ${reason}.`, hint, { cause });
  } finally {
    await file.close();
  }
}

/** @param bytes in memory of their own */
function typed(dtype: Dtype, shape: readonly number[], bytes: Buffer): NpyArray {
  const data = new arrayTypes[dtype].array(bytes.buffer as ArrayBuffer);
  // Both are of one line of the table.
  return { dtype, shape, data } as NpyArray;
}

/** @param start the file's first bytes, with the whole header if it is a sound one */
function parseStart(start: Buffer): { dtype: Dtype; shape: number[]; dataStart: number } {
  if (start.length < 12 || !start.subarray(0, 6).equals(magic)) throw new Error("it is not a .npy file");
  const version = start[6];
  if (version < 1 || version > 3) throw new Error(`its format version is ${version}, known are 1 to 3`);
  const headerStart = version === 1 ? 10 : 12;
  const dataStart = headerStart + (version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8));
  if (dataStart > start.length) throw new Error("its header is longer than the file or than 64 KiB");
  return { ...parseHeader(start.toString("latin1", headerStart, dataStart)), dataStart };
}

/** @param header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }` */
function parseHeader(header: string): { dtype: Dtype; shape: number[] } {
  const inside = /^\{(.{1,1000})\}\s*$/s.exec(header)?.[1] ?? "";
  const entry = /\s*'(\w+)':\s*('[^']*'|\w+|\([\d,\s]*\))\s*(?:,\s*|$)/y;
  const values = new Map<string, string>();
  let parsed = 0;
  for (let match = entry.exec(inside); match; match = entry.exec(inside)) {
    values.set(match[1], match[2]);
    parsed = entry.lastIndex;
  }
  const [descr, order, axes] = ["descr", "fortran_order", "shape"].map((name) => values.get(name));
  if (
    parsed !== inside.length ||
    values.size !== 3 ||
    descr === undefined ||
    order === undefined ||
    !axes?.startsWith("(")
  )
    throw new Error("its header is not that of a plain array");
  if (order !== "False") throw new Error("its order is Fortran's: save it with numpy.ascontiguousarray");
  const dtypes = Object.keys(arrayTypes) as Dtype[];
  const dtype = dtypes.find((name) => descr === `'${arrayTypes[name].descr}'`);
  if (dtype === undefined) throw new Error(`it holds ${descr}; read are ${dtypes.join(", ")}`);
  const shape = axes
    .slice(1, -1)
    .split(",")
    .filter((length) => length.trim() !== "")
    .map(Number);
  if (shape.length > maxAxes) throw new Error(`it has ${shape.length} axes, more than ${maxAxes}`);
  return { dtype, shape };
}
