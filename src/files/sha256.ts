import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { openRegularFile } from "./regular-file.js";

/** SHA-256 of text (UTF-8) or of an array's bytes, as 64 hexadecimal digits. */
export const sha256Of = (data: string | NodeJS.ArrayBufferView): string =>
  createHash("sha256").update(data).digest("hex");

/** The same of what is written as JSON: the order of the fields counts. */
export const sha256OfJson = (value: unknown): string => sha256Of(JSON.stringify(value));

/** The same of a file's bytes, read piece by piece. @throws the signal's reason when aborted */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const file = await openRegularFile(path);
  await pipeline(file.createReadStream({ highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest("hex");
}
