import { stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { isWithin } from "../files/output-folder.js";
import { shownPath } from "../files/shown-path.js";
import type { ScanOptions } from "./options.js";

/**
 * Nothing is written among the images: the next scan would take a folder of results for a class, and what is in quarantine for
 * its images.
 * @throws UserError where `--out` or `--report_dir` is, or lies in, the folder of the data or of the trusted images
 */
export async function checkOutputsApart({
  data,
  trusted,
  out,
  report_dir,
}: Pick<ScanOptions, "data" | "trusted" | "out" | "report_dir">): Promise<void> {
  for (const images of [data, trusted]) {
    // What is missing is said where it is read.
    if (images === undefined || !(await stat(images).catch(() => undefined))?.isDirectory()) continue;
    for (const [flag, folder] of Object.entries({ out, report_dir }))
      if (folder !== undefined && (await isWithin(folder, images)))
        throw new UserError(
          `--${flag} ${shownPath(folder)} is or lies in ${shownPath(images)}, whose folders are read as classes.`,
          `Name a folder elsewhere with --${flag}.`,
        );
  }
}
