import { join } from "node:path";
import { sha256OfFile, sha256OfJson } from "../../files/sha256.js";
import { readComparison } from "../../report/read-comparison.js";
import { type ReportPlaces, writeReport } from "../../report/write-report.js";
import type { Examined } from "../examine.js";
import type { ScanOptions } from "../options.js";
import type { ScanData } from "../scan-data.js";
import { scanReport } from "./scan-report.js";

/** Where a scan's report is written. */
export const reportPlaces = ({ out, report_dir: folder }: ScanOptions): ReportPlaces => ({
  page: join(out, "report.html"),
  folder,
});

/** In `--out`: what other detectors found of the same images. */
export const comparisonFolder = "compare";

/** SHA-256 (hex) of what other detectors are held against: the images, and what became of each. */
export const comparedDigest = async (out: string, { images }: Pick<ScanData, "images">): Promise<string> =>
  sha256OfJson([images, await sha256OfFile(join(out, "results.csv"))]);

/** Writes the report beside the results, which are there; with a comparison of detectors, where there is one of these. */
export async function writeScanReport(options: ScanOptions, examined: Examined): Promise<string> {
  const { out } = options;
  const digest = await comparedDigest(out, examined.data);
  const comparison = await readComparison(join(out, comparisonFolder), digest);
  const report = await scanReport({ ...examined, options, comparison }, new Date());
  const places = reportPlaces(options);
  await writeReport(report, places);
  return places.page;
}
