import { createHash } from "node:crypto";
import { openRegularFile } from "./regular-file.js";

/** SHA-256 of text (UTF-8) or of an array's bytes, as 64 hexadecimal digits. */
export const sha256Of = (data: string | NodeJS.ArrayBufferView): string =>
  createHash("sha256").update(data).digest("hex");

/** The same of what is written as JSON: the order of the fields counts. */
export const sha256OfJson = (value: unknown): string => sha256Of(JSON.stringify(value));

/** Bytes that are read at once. */
const piece = 1 << 20;

/** The same of a file's bytes, read piece by piece. @throws the signal's reason when aborted */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const file = await openRegularFile(path);
  try {
    // Of many small files the room for a whole piece, and a stream, would take eight times as long as all else.
    const buffer = Buffer.allocUnsafe(Math.min(piece, (await file.stat()).size + 1));
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
