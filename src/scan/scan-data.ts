import { join } from "node:path";
import type { OnBadImage } from "../datasets/bad-files.js";
import { fingerprint } from "../datasets/fingerprint.js";
import { readImageFolder } from "../datasets/image-folder.js";
import type { ImageSet } from "../datasets/image-set.js";
import { allIds, joinSets } from "../datasets/select.js";
import type { ClassRows } from "../detection/disguise.js";
import { UserError } from "../errors.js";
import { sha256Of } from "../files/sha256.js";
import type { Run } from "../run.js";
import type { Subject } from "../training/subject.js";

/** A class that is looked at. */
export interface ScannedClass extends ClassRows {
  readonly name: string;
}

/** What a scan looks at: suspects first, trusted images behind them, all of them trained on. */
export interface ScanData {
  readonly subject: Subject;
  /** SHA-256 (hex) over all images and labels. */
  readonly images: string;
  readonly classes: readonly ScannedClass[];
  /** Rows before the first trusted image. */
  readonly numSuspects: number;
  /** Suspects that equal a trusted image, and are not ranked: int32, ascending rows */
  readonly alsoTrusted: Int32Array;
  /** Path of image `row` below its folder. */
  readonly sourceOf: (row: number) => string;
}

interface Folders {
  readonly data: string;
  readonly trusted: string;
  readonly size: number;
  readonly on_bad_image: OnBadImage;
  /** Where decoded images are kept. */
  readonly cacheDir: string;
}

/**
 * Reads both folders, whose classes are told by the names of their folders.
 * @throws UserError naming trusted classes that the data lacks, or data without classes
 */
export async function readScanData(folders: Folders, run: Run): Promise<ScanData> {
  const read = (folder: string, cache: string) =>
    readImageFolder(folder, folders.size, {
      ...run,
      onBadImage: folders.on_bad_image,
      cacheDir: join(folders.cacheDir, cache),
    });
  const data = await read(folders.data, "data");
  const trusted = await read(folders.trusted, "trusted");
  if (data.classNames.length < 2) {
    throw new UserError(
      `${folders.data} holds one class; a network cannot be trained on it.`,
      "Name a folder with a sub-folder of images for each class.",
    );
  }
  const lacking = trusted.classNames.filter((name) => !data.classNames.includes(name));
  if (lacking.length > 0) {
    throw new UserError(
      `${folders.trusted} has classes that ${folders.data} lacks: ${lacking.map((name) => JSON.stringify(name)).join(", ")}.`,
      "Name the trusted class folders as those of the data.",
    );
  }
  const relabelled: ImageSet = {
    ...trusted,
    labels: trusted.labels.map((label) => data.classNames.indexOf(trusted.classNames[label])),
  };
  const images = joinSets(data, relabelled);
  const numSuspects = data.labels.length;
  const alsoTrusted = equalTo(images, numSuspects);
  const skipped = new Set(alsoTrusted);
  const rows = allIds(images.labels.length);
  const classes = data.classNames.map((name, label) => ({
    name,
    suspects: rows.filter((row) => row < numSuspects && images.labels[row] === label && !skipped.has(row)),
    trusted: rows.filter((row) => row >= numSuspects && images.labels[row] === label),
  }));
  return {
    subject: {
      images,
      trainIds: rows.filter((row) => !skipped.has(row)),
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      augmentation: "crop-flip",
    },
    images: fingerprint(images),
    classes,
    numSuspects,
    alsoTrusted,
    sourceOf: (row) =>
      (row < numSuspects ? data.sourceOf?.(row) : trusted.sourceOf?.(row - numSuspects)) ?? `image ${row}`,
  };
}

/** Suspects that are a trusted image, pixel by pixel: int32, ascending rows. */
function equalTo({ pixels }: ImageSet, numSuspects: number): Int32Array {
  const digests = Array.from({ length: pixels.count - numSuspects }, (_, i) =>
    sha256Of(pixels.read(numSuspects + i)),
  );
  const trusted = new Set(digests);
  return allIds(numSuspects).filter((row) => trusted.has(sha256Of(pixels.read(row))));
}
