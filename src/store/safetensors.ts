import type { FileHandle } from "node:fs/promises";
import { messageOf, UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { readExactly } from "../files/read-exactly.js";
import { openRegularFile, unreadable } from "../files/regular-file.js";
import { parseSafetensorsHeader, type SafetensorsHeader } from "./safetensors-header.js";
import { blankSeal, checkSeal, sealHeader, sealName } from "./seal.js";
import type { StateArray, StateDict } from "./state-dict.js";
import { decodeNumbers, encodeNumbers } from "./stored-numbers.js";

// The format: u64 little-endian header length, JSON header, data. github.com/huggingface/safetensors
// The format allows 100 MB; 10 MB are some 100,000 tensors, and a hostile 100 MB would cost half a minute and 5 GB.
const maxHeaderBytes = 10_000_000;
const maxTensorBytes = 2 ** 31 - 1;

/** Tensors and metadata of one file. */
export interface Checkpoint {
  readonly state: StateDict;
  readonly metadata: Record<string, string>;
}

/**
 * Writes float32 tensors as F32 and counters as I64. The header keeps the order of `state`; in the data the
 * counters come first, because PyTorch's reader needs int64 at multiples of 8 and the format allows no holes. A seal is added
 * to the metadata, and checked when the file is read.
 */
export async function writeSafetensors(path: string, { state, metadata }: Checkpoint): Promise<void> {
  const isCounter = ([, entry]: [string, StateArray]) => entry.dtype === "int64";
  const entries = [...state];
  const stored = [...entries.filter(isCounter), ...entries.filter((entry) => !isCounter(entry))];
  const parts = stored.map(([name, entry]) => encodeNumbers(name, entry));
  const offsets = new Map<string, [number, number]>();
  let position = 0;
  for (const [i, [name]] of stored.entries()) {
    offsets.set(name, [position, position + parts[i].byteLength]);
    position += parts[i].byteLength;
  }
  const header = Object.fromEntries(
    entries.map(([name, { shape, dtype }]) => [
      name,
      { dtype: dtype === "int64" ? "I64" : "F32", shape, data_offsets: offsets.get(name) },
    ]),
  );
  const json = Buffer.from(
    JSON.stringify({ __metadata__: { ...metadata, [sealName]: blankSeal }, ...header }),
  );
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  sealHeader(padded, parts);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await writeFileAtomic(path, length, padded, ...parts);
}

/**
 * Reads a file that may be damaged or hostile: everything is checked before memory is taken. A seal is checked where there is
 * one; it is not among the metadata.
 * @throws UserError
 */
export const readSafetensors = (path: string): Promise<Checkpoint> => reading(path, readAll);

/** The metadata alone, after the same checks of the header; no tensor is read, no seal checked. @throws UserError */
export const readSafetensorsMetadata = (path: string): Promise<Record<string, string>> =>
  reading(path, async (file) => withoutSeal((await readHeader(file)).header.metadata));

/** What the file's content was sealed with, after the same checks; undefined for a file from elsewhere. @throws UserError */
export const readSeal = (path: string): Promise<string | undefined> =>
  reading(path, async (file) => (await readHeader(file)).header.metadata[sealName]);

const withoutSeal = ({ [sealName]: _, ...metadata }: Record<string, string>): Record<string, string> =>
  metadata;

async function reading<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openRegularFile(path).catch(unreadable(path, "Check the path."));
  try {
    return await read(file);
  } catch (cause) {
    const reason = messageOf(cause).slice(0, 300);
    const hint = "Give another checkpoint; one that a stage wrote is made again by that stage with --force.";
    throw new UserError(`${path} is not a readable safetensors file: ${reason}.`, hint, { cause });
  } finally {
    await file.close();
  }
}

interface OpenedHeader {
  readonly header: SafetensorsHeader;
  /** As it stands in the file. */
  readonly bytes: Buffer;
  /** Where in the file the tensors' offsets count from. */
  readonly dataStart: number;
}

async function readHeader(file: FileHandle): Promise<OpenedHeader> {
  const info = await file.stat();
  if (info.size < 8) throw new Error(`it has only ${info.size} bytes`);
  const headerBytes = Number((await readExactly(file, 0, 8)).readBigUInt64LE());
  const dataBytes = info.size - 8 - headerBytes;
  if (headerBytes > maxHeaderBytes) throw new Error(`its header would have ${headerBytes} bytes`);
  if (dataBytes < 0) throw new Error(`its header would have ${headerBytes} bytes, the file has ${info.size}`);
  const bytes = await readExactly(file, 8, headerBytes);
  const header = parseSafetensorsHeader(bytes.toString("utf8"), dataBytes);
  return { header, bytes, dataStart: 8 + headerBytes };
}

async function readAll(file: FileHandle): Promise<Checkpoint> {
  const { header, bytes: headerBytes, dataStart } = await readHeader(file);
  const seal = checkSeal(headerBytes, header.metadata[sealName]);
  // In the header's order, whatever that of the data.
  const state: StateDict = new Map(header.tensors.map(({ name }) => [name, { shape: [], data: empty }]));
  for (const { name, dtype, shape, begin, end } of header.tensors.toSorted((a, b) => a.end - b.end)) {
    if (end - begin > maxTensorBytes) throw new Error(`"${name}" is larger than 2 GiB`);
    const bytes = await readExactly(file, dataStart + begin, end - begin);
    seal.add(bytes);
    state.set(name, { shape, ...decodeNumbers(name, dtype, bytes) });
  }
  seal.finish();
  return { state, metadata: withoutSeal(header.metadata) };
}

const empty = new Float32Array(0);
