import type { Flagged } from "../quarantine.js";
import type { ImageRecord } from "./image-records.js";

/** Paths, one a line; one with line ends as JSON. */
export const pathList = (records: readonly Pick<ImageRecord, "file">[]): string =>
  records.map(({ file }) => `${/[\n\r]/.test(file) ? JSON.stringify(file) : file}\n`).join("");

/** What `poisonspot quarantine` reads. */
export const quarantineList = (records: readonly ImageRecord[]): string =>
  records
    .map(({ file, sha256, isOwnFile }): Flagged => ({ file, sha256, isOwnFile }))
    .map((one) => `${JSON.stringify(one)}\n`)
    .join("");
