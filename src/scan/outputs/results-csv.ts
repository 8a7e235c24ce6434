import { csvLine, plainText } from "../../store/csv.js";
import type { ImageRecord } from "./image-records.js";

/** Lines of a part. */
const partRows = 10_000;

/**
 * In parts, a line an image, in the order of the records; cells of what was not ranked are empty.
 * @param scores names of the scores
 */
export function resultsCsv(records: readonly ImageRecord[], scores: readonly string[]): string[] {
  const header = [
    ...["file", "sha256", "label", "source"],
    ...scores,
    ...["by", "rank", "p", "e", "flagged_in", "flagged"],
  ];
  const parts = [`${csvLine(header)}\n`];
  for (let start = 0; start < records.length; start += partRows) {
    const lines = records.slice(start, start + partRows).map((record) => `${lineOf(record, scores)}\n`);
    parts.push(lines.join(""));
  }
  return parts;
}

const lineOf = (
  { file, sha256, label, supplier, found, isFlagged }: ImageRecord,
  scores: readonly string[],
): string =>
  csvLine([
    plainText(file),
    sha256,
    plainText(label),
    plainText(supplier ?? ""),
    ...scores.map((name) => found?.scores[name]?.toPrecision(6) ?? ""),
    found?.leading ?? "",
    `${found?.rank ?? ""}`,
    found?.tested?.p.toFixed(6) ?? "",
    found?.tested?.e.toFixed(3) ?? "",
    found?.tested?.flaggedIn.toFixed(2) ?? "",
    isFlagged ? "1" : "0",
  ]);
