import { open } from "node:fs/promises";
import { UserError } from "../errors.js";
import { writeFileAtomic } from "./atomic-file.js";
import { readExactly } from "./read-exactly.js";

// NumPy's .npy format, one axis: magic, version, header length, header (a Python literal), data.
const magic = Buffer.from("\x93NUMPY", "latin1");
const maxHeaderBytes = 65_536;
const maxDataBytes = 2 ** 31 - 1;

/** Writes sample ids so that `numpy.load` reads them. @param indices int32 [N] */
export async function writeIndices(path: string, indices: Int32Array): Promise<void> {
  const dict = `{'descr': '<i4', 'fortran_order': False, 'shape': (${indices.length},), }`;
  // Spaces and a newline bring the data to a multiple of 64.
  const header = `${dict.padEnd(Math.ceil((10 + dict.length + 1) / 64) * 64 - 11)}\n`;
  const prefix = Buffer.alloc(10);
  magic.copy(prefix);
  prefix[6] = 1;
  prefix.writeUInt16LE(header.length, 8);
  const data = new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength);
  await writeFileAtomic(path, prefix, header, data);
}

/** Reads sample ids, int32 or int64 on disk. @returns int32 [N] @throws UserError when missing or damaged */
export async function readIndices(path: string): Promise<Int32Array> {
  const hint = "Run --score_samples with the same settings again.";
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT")
      throw new UserError(`There is no ${path}.`, "Run --score_samples with the same settings first.");
    throw new UserError(`Cannot read ${path}.`, hint, { cause });
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new Error("it is not a file");
    const start = await readExactly(file, 0, Math.min(info.size, 12 + maxHeaderBytes));
    const { type, count, dataStart } = parseHeader(start);
    const bytes = count * (type === "<i8" ? 8 : 4);
    if (info.size !== dataStart + bytes) {
      throw new Error(`${count} values need ${dataStart + bytes} bytes, it has ${info.size}`);
    }
    if (bytes > maxDataBytes) throw new Error("it is larger than 2 GiB");
    const data = await readExactly(file, dataStart, bytes);
    return type === "<i4" ? new Int32Array(data.buffer) : narrow(new BigInt64Array(data.buffer));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} is not a readable list of sample ids: ${reason}.`, hint, { cause });
  } finally {
    await file.close();
  }
}

/** @param start the file's first bytes, with the whole header if it is a sound one */
function parseHeader(start: Buffer): { type: string; count: number; dataStart: number } {
  if (start.length < 12 || !start.subarray(0, 6).equals(magic)) throw new Error("it is not a .npy file");
  const isFirstVersion = start[6] === 1;
  const headerStart = isFirstVersion ? 10 : 12;
  const dataStart = headerStart + (isFirstVersion ? start.readUInt16LE(8) : start.readUInt32LE(8));
  if (dataStart > start.length) throw new Error("its header is longer than the file or than 64 KiB");
  const header = start.toString("latin1", headerStart, dataStart);
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const shape = /'shape': *\((\d{1,15}),\)/.exec(header)?.[1];
  if (type !== "<i4" && type !== "<i8") throw new Error(`it holds ${type ?? "no type"}, expected <i4 or <i8`);
  if (shape === undefined) throw new Error("it has not exactly one axis");
  return { type, count: Number(shape), dataStart };
}

function narrow(values: BigInt64Array): Int32Array {
  const result = Int32Array.from(values, Number);
  const wrong = values.findIndex((value, i) => value !== BigInt(result[i]));
  if (wrong >= 0) throw new Error(`it holds ${values[wrong]}, which is no sample id`);
  return result;
}
