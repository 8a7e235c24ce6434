// NumPy's .npy format: magic, version, header length, header (a Python literal), values.
const magic = Buffer.from("\x93NUMPY", "latin1");
const maxAxes = 8;

/** Longer headers are not read. */
export const maxHeaderBytes = 65_536;

/** NumPy's name of each element type that is read and written, and what holds its values here. */
export const arrayTypes = {
  float32: { descr: "<f4", array: Float32Array },
  float64: { descr: "<f8", array: Float64Array },
  uint8: { descr: "|u1", array: Uint8Array },
  bool: { descr: "|b1", array: Uint8Array },
  int32: { descr: "<i4", array: Int32Array },
  int64: { descr: "<i8", array: BigInt64Array },
} as const;
/** The element types of arrays that are read and written. */
export type Dtype = keyof typeof arrayTypes;

/** "float32" and so on, as messages name them. */
const dtypes = Object.keys(arrayTypes) as Dtype[]; // exactly the object's keys, which its type does not know

/** What is before an array's values. @returns bytes, a multiple of 64 */
export function npyHeader(dtype: Dtype, shape: readonly number[]): Buffer {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${arrayTypes[dtype].descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  const prefix = Buffer.alloc(10);
  magic.copy(prefix);
  prefix[6] = 1;
  const length = Math.ceil((prefix.length + dict.length + 1) / 64) * 64 - prefix.length;
  prefix.writeUInt16LE(length, 8);
  return Buffer.concat([prefix, Buffer.from(`${dict.padEnd(length - 1)}\n`)]);
}

interface NpyHeader {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Where in the file the values begin. */
  readonly dataStart: number;
}

/**
 * @param start the file's first bytes, with the whole header if it is a sound one
 * @throws Error that says what is wrong
 */
export function parseNpyStart(start: Buffer): NpyHeader {
  if (start.length < 12 || !start.subarray(0, 6).equals(magic)) throw new Error("it is not a .npy file");
  const version = start[6];
  if (version < 1 || version > 3) throw new Error(`its format version is ${version}, known are 1 to 3`);
  const headerStart = version === 1 ? 10 : 12;
  const dataStart = headerStart + (version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8));
  if (dataStart > start.length) throw new Error("its header is longer than the file or than 64 KiB");
  return { ...parseHeader(start.toString("latin1", headerStart, dataStart)), dataStart };
}

/** @param header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }` */
function parseHeader(header: string): Omit<NpyHeader, "dataStart"> {
  const { descr, fortran_order: order, shape: axes, ...others } = fieldsOf(header);
  if (descr === undefined || order === undefined || !axes?.startsWith("(") || Object.keys(others).length > 0)
    throw new Error("its header is not that of a plain array");
  if (order !== "False") throw new Error("its order is Fortran's: save it with numpy.ascontiguousarray");
  const dtype = dtypes.find((name) => descr === `'${arrayTypes[name].descr}'`);
  if (dtype === undefined) throw new Error(`it holds ${descr}; read are ${dtypes.join(", ")}`);
  const lengths = axes
    .slice(1, -1)
    .split(",")
    .map((length) => length.trim());
  const shape = lengths.filter((length) => length !== "").map(Number);
  if (shape.length > maxAxes) throw new Error(`it has ${shape.length} axes, more than ${maxAxes}`);
  return { dtype, shape };
}

/** The entries of the header's dictionary, their values as they stand there; none when it is written in another way. */
function fieldsOf(header: string): Readonly<Record<string, string | undefined>> {
  const inside = /^\{(.{1,1000})\}\s*$/s.exec(header)?.[1] ?? "";
  const entry = /\s*'(\w+)':\s*('[^']*'|\w+|\([\d,\s]*\))\s*(?:,\s*|$)/y;
  const fields: [string, string][] = [];
  let parsed = 0;
  for (let match = entry.exec(inside); match; match = entry.exec(inside)) {
    fields.push([match[1], match[2]]);
    parsed = entry.lastIndex;
  }
  return parsed === inside.length ? Object.fromEntries(fields) : {};
}
