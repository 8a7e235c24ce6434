import type { FileHandle } from "node:fs/promises";

/** Reads exactly `length` bytes into memory of their own. @throws Error when the file ends before */
export async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new Error("it ends too early");
    done += bytesRead;
  }
  return bytes;
}
