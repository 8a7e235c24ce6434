import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";

/** One file of a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes in the archive. */
  readonly compressedSize: number;
  /** Bytes once unpacked. */
  readonly size: number;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  /** Byte position of the entry's own header in the archive. */
  readonly headerOffset: number;
}

const endMarker = 0x06054b50;
const entryMarker = 0x02014b50;
const headerMarker = 0x04034b50;

/**
 * Reads the list of files at the end of a zip archive, so that single members of a wheel of several hundred
 * megabytes can be streamed by zlib at full speed.
 * @throws Error when the file is no zip archive, is cut short, or needs zip64 (over 4 GB)
 */
export async function readZipEntries(archive: string): Promise<ZipEntry[]> {
  const file = await open(archive, "r");
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (end < 0 || tail.length - end < 22 || tail.readUInt32LE(end) !== endMarker) {
      throw new Error(`${archive} is not a complete zip archive`);
    }
    const count = tail.readUInt16LE(end + 10);
    const offset = tail.readUInt32LE(end + 16);
    if (count === 0xffff || offset === 0xffffffff)
      throw new Error(`${archive} uses zip64, which is not read`);
    return parseDirectory(await readAt(file, offset, tail.readUInt32LE(end + 12)), count, archive);
  } finally {
    await file.close();
  }
}

function parseDirectory(directory: Buffer, count: number, archive: string): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (directory.readUInt32LE(at) !== entryMarker) throw new Error(`${archive} has a broken list of files`);
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Streams the unpacked bytes of one entry. */
export async function openZipEntry(archive: string, entry: ZipEntry): Promise<Readable> {
  if (entry.method !== 0 && entry.method !== 8)
    throw new Error(`${entry.name}: unknown zip method ${entry.method}`);
  const file = await open(archive, "r");
  let start: number;
  try {
    const header = await readAt(file, entry.headerOffset, 30);
    if (header.readUInt32LE(0) !== headerMarker) throw new Error(`${archive} is damaged at ${entry.name}`);
    start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
  const decoder = entry.method === 8 ? createInflateRaw({ chunkSize: 1 << 18 }) : new PassThrough();
  if (entry.compressedSize === 0) return decoder.end();
  const packed = createReadStream(archive, {
    start,
    end: start + entry.compressedSize - 1,
    highWaterMark: 1 << 20,
  });
  packed.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => packed.destroy());
  return packed.pipe(decoder);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw new Error("the archive is cut short");
  return buffer;
}
