import { join } from "node:path";
import { writeFileAtomic, writeJsonAtomic } from "../files/atomic-file.js";
import { mapConcurrently } from "../files/map-concurrently.js";
import { sha256OfFile } from "../files/sha256.js";
import { csvLine, plainText } from "../store/csv.js";
import { programVersion } from "../version.js";
import type { ScanOptions } from "./options.js";
import { type Flagged, flaggedFile } from "./quarantine.js";
import type { ScanData } from "./scan-data.js";
import type { Verdict } from "./verdict.js";

const schemaVersion = 1;

export const outputFiles = ["results.csv", "flagged.txt", "clean.txt", flaggedFile, "report.json"] as const;

/** Writes `results.csv`, `report.json`, `flagged.txt`, `clean.txt` and `quarantine.jsonl`: of every suspect its score, and what became of it. */
export async function writeOutputs(options: ScanOptions, data: ScanData, verdict: Verdict): Promise<void> {
  const rows = verdict.classes.flatMap((one) =>
    [...one.rows].map((row, i) => ({
      row,
      file: data.nameOf(row),
      label: one.name,
      score: one.scores[i],
      eValue: one.eValues[i],
      isFlagged: one.flagged[i] === 1,
    })),
  );
  rows.sort((a, b) => Number(b.isFlagged) - Number(a.isFlagged) || b.score - a.score || a.row - b.row);
  const lines = rows.map(({ file, label, score, eValue, isFlagged }) =>
    csvLine([plainText(file), plainText(label), score.toFixed(6), eValue.toFixed(3), isFlagged ? "1" : "0"]),
  );
  const header = csvLine(["file", "label", "score", "e", "flagged"]);
  const at = (name: string) => join(options.out, name);
  await writeFileAtomic(at("results.csv"), [header, ...lines, ""].join("\n"));
  const listed = (isFlagged: boolean) =>
    rows
      .filter((one) => one.isFlagged === isFlagged)
      // A name may hold line ends.
      .map(({ file }) => `${/[\n\r]/.test(file) ? JSON.stringify(file) : file}\n`)
      .join("");
  await writeFileAtomic(at("flagged.txt"), listed(true));
  await writeFileAtomic(at("clean.txt"), listed(false));
  const flagged = rows.filter((one) => one.isFlagged);
  const files = flagged.flatMap(({ row, file }) => {
    const path = data.fileOf(row);
    return path === undefined ? [] : [{ file, path }];
  });
  const toQuarantine = await mapConcurrently(files, 16, async ({ file, path }): Promise<Flagged> => {
    return { file, sha256: await sha256OfFile(path) };
  });
  await writeFileAtomic(at(flaggedFile), toQuarantine.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const { data: folder, trusted, ...settings } = options;
  await writeJsonAtomic(at("report.json"), {
    schemaVersion,
    version: programVersion,
    finding: verdict.finding,
    data: folder,
    trusted: trusted ?? null,
    settings: JSON.parse(JSON.stringify(settings)),
    images: data.images,
    suspectsThatAreTrusted: [...data.alsoTrusted].map(data.nameOf),
    classes: verdict.classes.map((one) => ({
      name: one.name,
      suspects: one.suspects,
      trusted: one.trusted,
      p: one.p ?? null,
      adjustedP: one.adjustedP ?? null,
      notCleanAtLeast: one.atLeast,
      wouldNotice: one.wouldNotice ?? null,
      flagged: one.numFlagged,
    })),
  });
}
