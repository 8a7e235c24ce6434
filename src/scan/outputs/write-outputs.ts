import { join } from "node:path";
import { type JsonValue, writeFileAtomic } from "../../files/atomic-file.js";
import { sha256Of, sha256OfFile } from "../../files/sha256.js";
import type { Run } from "../../run.js";
import type { ScanOptions } from "../options.js";
import { flaggedFile } from "../quarantine.js";
import { attestation } from "./attestation.js";
import { imageRecords } from "./image-records.js";
import { pathList, quarantineList } from "./lists.js";
import { type Reported, reportOf } from "./report.js";
import { resultsCsv } from "./results-csv.js";
import { sarif } from "./sarif.js";
import { sha256Sums } from "./sums.js";

/** In the order in which they are written: what says that poisonspot wrote the others first, what vouches for them last. */
export const outputFiles = [
  "results.csv",
  "flagged.txt",
  "clean.txt",
  flaggedFile,
  "SHA256SUMS",
  "results.sarif",
  "report.json",
  "attestation.json",
] as const;

/** Writes what a scan leaves in `--out`: of every image its scores and what became of it, the verdict in several forms. */
export async function writeOutputs(options: ScanOptions, examined: Reported, run: Run): Promise<void> {
  const { data, verdict } = examined;
  const records = await imageRecords(data, verdict, run);
  const flagged = records.filter(({ isFlagged }) => isFlagged);
  const summed = records.filter(({ isOwnFile }) => isOwnFile);
  const holders: { file: string; sha256: string }[] = [];
  for (const { name: file, path } of data.files) holders.push({ file, sha256: await sha256OfFile(path) });
  const sums = sha256Sums([...summed, ...holders]);
  const report = json(reportOf(options, examined));
  const scores = [
    ...new Set(
      verdict.classes.flatMap(({ byScore, rankings = [] }) =>
        [...byScore, ...rankings].map((one) => one.score),
      ),
    ),
  ];
  const digests = { sums: sha256Of(sums), report: sha256Of(report) };
  // One after the other: of many images each has tens of megabytes.
  const contents: Record<(typeof outputFiles)[number], () => readonly string[]> = {
    "results.csv": () => resultsCsv(records, scores),
    "flagged.txt": () => [pathList(flagged)],
    "clean.txt": () => [pathList(records.filter(({ isFlagged }) => !isFlagged))],
    [flaggedFile]: () => [quarantineList(flagged)],
    SHA256SUMS: () => [sums],
    "results.sarif": () => [json(sarif(options, verdict, records))],
    "report.json": () => [report],
    "attestation.json": () => [json(attestation(verdict, digests))],
  };
  for (const name of outputFiles) await writeFileAtomic(join(options.out, name), ...contents[name]());
}

const json = (value: JsonValue): string => `${JSON.stringify(value, null, 2)}\n`;
