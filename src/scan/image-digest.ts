import { sha256Of, sha256OfFile } from "../files/sha256.js";
import type { ScanData } from "./scan-data.js";

/** SHA-256 (hex) of an image: of its file's bytes; where it is no file of its own, of its pixels as the network sees them. */
export async function imageDigest(
  { fileOf, subject }: Pick<ScanData, "fileOf" | "subject">,
  row: number,
): Promise<string> {
  const path = fileOf(row);
  return path === undefined ? sha256Of(subject.images.pixels.read(row)) : sha256OfFile(path);
}
