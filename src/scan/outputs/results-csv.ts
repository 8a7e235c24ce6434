import { csvLine, plainText } from "../../store/csv.js";
import type { ImageRecord } from "./image-records.js";

/**
 * A line an image, in the order of the records; cells of what was not ranked are empty.
 * @param scores names of the scores
 */
export const resultsCsv = (records: readonly ImageRecord[], scores: readonly string[]): string =>
  [
    csvLine([
      "file",
      "sha256",
      "label",
      "source",
      ...scores,
      "by",
      "rank",
      "p",
      "e",
      "flagged_in",
      "flagged",
    ]),
    ...records.map(({ file, sha256, label, supplier, found, isFlagged }) =>
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
      ]),
    ),
    "",
  ].join("\n");
