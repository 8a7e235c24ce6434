import { type Zippable, zipSync } from "fflate";

const uint32 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString("latin1");
};

/** Opcodes that push a text. */
export const text = (value: string): string =>
  `X${uint32(Buffer.byteLength(value))}${Buffer.from(value).toString("latin1")}`;
/** Opcodes that push an integer: int32, or any up to 2^63 given as a bigint. */
export function whole(value: number | bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return typeof value === "number"
    ? `J${bytes.toString("latin1", 0, 4)}`
    : `\x8a\x08${bytes.toString("latin1")}`;
}
export const tuple = (...items: readonly string[]): string => `(${items.join("")}t`;
export const dictionary = (entries: Readonly<Record<string, string>>): string =>
  `}(${Object.entries(entries)
    .map(([key, value]) => text(key) + value)
    .join("")}u`;

interface TensorParts {
  readonly storage?: string;
  readonly key?: string;
  /** Elements the storage is said to have. */
  readonly count?: number | bigint;
  readonly offset?: string;
  readonly shape?: string;
  readonly strides?: string;
  readonly type?: string;
  readonly view?: string;
}

/** Opcodes that push a reference to a storage. */
export const storage = ({ key = "0", count = 6, type = "FloatStorage", view = "" }: TensorParts): string =>
  `${tuple(text("storage"), `ctorch\n${type}\n`, text(key), text("cpu"), whole(count), view)}Q`;

/** Opcodes that push a tensor: float32 [2, 3] of the storage "0", unless said otherwise. */
export function tensor(parts: TensorParts = {}): string {
  const { offset = whole(0), shape = tuple(whole(2), whole(3)), strides = tuple(whole(3), whole(1)) } = parts;
  const args = [
    parts.storage ?? storage(parts),
    offset,
    shape,
    strides,
    "\x89",
    "ccollections\nOrderedDict\n)R",
  ];
  return `ctorch._utils\n_rebuild_tensor_v2\n${tuple(...args)}R`;
}

export const pickle = (...opcodes: readonly string[]): Buffer =>
  Buffer.from(`\x80\x02${opcodes.join("")}.`, "latin1");

export const sixNumbers = Buffer.from(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);

/** A file in the zip format. @param members beside or instead of the pickle and the storage "0" of six numbers */
export function zipFile(
  opcodes: string,
  members: Readonly<Record<string, Uint8Array>> = {},
  level: 0 | 9 = 0,
): Buffer {
  const files: Zippable = {
    "a/data.pkl": pickle(opcodes),
    "a/data/0": sixNumbers,
    "a/version": Buffer.from("3\n"),
  };
  return Buffer.from(zipSync({ ...files, ...members }, { level, mtime: new Date(1980, 0, 1) }));
}

/** A file in the old format with one storage. */
export function legacyFile(
  opcodes: string,
  { keys = `](${text("0")}e`, count = 6n, data = sixNumbers } = {},
): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(count);
  return Buffer.concat([
    pickle("\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"),
    pickle("M\xe9\x03"),
    pickle(dictionary({ little_endian: "\x88" })),
    pickle(opcodes),
    pickle(keys),
    length,
    data,
  ]);
}
