import type { Flagged } from "../quarantine.js";
import type { ImageRecord } from "./image-records.js";

/** Paths, one a line; one with line ends as JSON. */
export const pathList = (records: readonly ImageRecord[]): string =>
  records.map(({ file }) => `${/[\n\r]/.test(file) ? JSON.stringify(file) : file}\n`).join("");

/** What `poisonspot quarantine` reads: files alone can be moved. */
export const quarantineList = (records: readonly ImageRecord[]): string =>
  records
    .filter(({ isOwnFile }) => isOwnFile)
    .map(({ file, sha256 }): Flagged => ({ file, sha256 }))
    .map((one) => `${JSON.stringify(one)}\n`)
    .join("");
