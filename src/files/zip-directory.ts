import type { FileHandle } from "node:fs/promises";
import { readExactly } from "./read-exactly.js";

/** One file of a zip archive. Its name is whatever the archive says. */
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
/** The end record and the longest comment. */
const maxEndBytes = 65_557;
/** Some 65,000 entries with long names. */
const maxDirectoryBytes = 64_000_000;

/**
 * Reads the list of files at the end of a zip archive.
 * @throws Error when the file is no zip archive, is cut short, or needs zip64 (over 4 GB)
 */
export async function readZipDirectory(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, maxEndBytes);
  const tail = await readExactly(file, size - tailBytes, tailBytes);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || tail.length - end < 22 || tail.readUInt32LE(end) !== endMarker) {
    throw new Error("it is not a complete zip archive");
  }
  const count = tail.readUInt16LE(end + 10);
  const bytes = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (count === 0xffff || offset === 0xffffffff) throw new Error("it uses zip64, which is not read");
  if (bytes > maxDirectoryBytes || offset + bytes > size) throw new Error("its list of files is broken");
  return parseDirectory(await readExactly(file, offset, bytes), count);
}

function parseDirectory(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== entryMarker) {
      throw new Error("its list of files is broken");
    }
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

/** Byte position of an entry's data. @throws Error when the entry has no header of its own, or ends after the file */
export async function findZipData(file: FileHandle, entry: ZipEntry): Promise<number> {
  const header = await readExactly(file, entry.headerOffset, 30);
  if (header.readUInt32LE(0) !== headerMarker)
    throw new Error(`it is damaged at ${JSON.stringify(entry.name)}`);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const { size } = await file.stat();
  if (start + entry.compressedSize > size) throw new Error("it is cut short");
  return start;
}
