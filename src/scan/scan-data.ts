import { join } from "node:path";
import type { OnBadImage } from "../datasets/bad-files.js";
import { fingerprint } from "../datasets/fingerprint.js";
import type { ImageSet } from "../datasets/image-set.js";
import { joinedPixels, type Pixels, selectedPixels } from "../datasets/pixels.js";
import { allIds } from "../datasets/select.js";
import type { ClassRows } from "../detection/disguise.js";
import type { Run } from "../run.js";
import type { Subject } from "../training/subject.js";
import type { Listing } from "./inputs/listing.js";
import { readListing } from "./inputs/read-listing.js";
import { type ListedData, type ListInputs, listScanData } from "./list-scan-data.js";
import { type SameImages, sameImages } from "./same-images.js";

/** A class that is looked at. */
export interface ScannedClass extends ClassRows {
  readonly name: string;
}

/** What a scan looks at: suspects first, trusted images behind them, all of them trained on; but for suspects that are trusted as well. */
export interface ScanData extends SameImages {
  /** What the data was taken for, for people. */
  readonly layout: string;
  readonly subject: Subject;
  /** SHA-256 (hex) over all images and labels. */
  readonly images: string;
  readonly classes: readonly ScannedClass[];
  /** Files of the data that hold images or labels and are no image themselves: paths below its folder, and full ones. */
  readonly files: readonly { readonly name: string; readonly path: string }[];
  /** Rows before the first trusted image. */
  readonly numSuspects: number;
  /** What image `row` is called in lists: its path below the data's folder, or its place in a file, such as `train.parquet#17`. */
  readonly nameOf: (row: number) => string;
  /** Full path of image `row`; undefined where it is no file of its own. */
  readonly fileOf: (row: number) => string | undefined;
  /** Who image `row` comes from, where the data says. */
  readonly supplierOf: (row: number) => string | undefined;
}

/** How listed images are read. */
interface Reading {
  readonly on_bad_image: OnBadImage;
  /** Where decoded images are kept. */
  readonly cacheDir: string;
}

/** Images of a listing: row i is item items[i]. */
interface Part {
  readonly listing: Listing;
  readonly pixels: Pixels;
  readonly items: Int32Array;
  /** Of all items. */
  readonly labels: Int32Array;
}

/** Lists and reads. @throws UserError as `listScanData` and `readListed` */
export const readScanData = async (inputs: ListInputs & Reading, run: Run): Promise<ScanData> =>
  readListed(await listScanData(inputs, run), inputs, run);

/** Reads what `listScanData` lists, and finds out which suspects are trusted images. @throws UserError naming a bad image */
export async function readListed(
  { data, side, marked, apart }: ListedData,
  { on_bad_image: onBadImage, cacheDir }: Reading,
  run: Run,
): Promise<ScanData> {
  const read = (listing: Listing, cache: string) =>
    readListing(listing, { side, onBadImage, cacheDir: join(cacheDir, cache) }, run);
  const own = await read(data, "data");
  const rowsOf = (mark: number): Part => {
    const rows = allIds(own.kept.length).filter((row) => marked[own.kept[row]] === mark);
    const items = rows.map((row) => own.kept[row]);
    return { listing: data, items, labels: data.labels, pixels: selectedPixels(own.pixels, rows) };
  };
  const parts = [rowsOf(0), rowsOf(1)];
  if (apart) {
    const { pixels, kept } = await read(apart.listing, "trusted");
    parts.push({ ...apart, items: kept, pixels });
  }
  return joined(parts, data);
}

/** @param parts the suspects, then trusted images */
function joined(parts: readonly Part[], { layout, classNames, root, files = [] }: Listing): ScanData {
  const numSuspects = parts[0].items.length;
  const images: ImageSet = {
    pixels: parts.map(({ pixels }) => pixels).reduce(joinedPixels),
    labels: Int32Array.from(parts.flatMap(({ items, labels }) => Array.from(items, (item) => labels[item]))),
    augmentationIds: Int32Array.from(parts.flatMap(({ items }) => [...items])),
  };
  const placeOf = (row: number): { listing: Listing; item: number } => {
    let before = 0;
    for (const { listing, items } of parts) {
      if (row < before + items.length) return { listing, item: items[row - before] };
      before += items.length;
    }
    throw new Error(`No row ${row} in ${before} images.`);
  };
  const same = sameImages(images, numSuspects);
  const skipped = new Set(same.alsoTrusted);
  const trainIds = allIds(images.labels.length).filter((row) => !skipped.has(row));
  const rows = classNames.map(() => ({ suspects: [] as number[], trusted: [] as number[] }));
  for (const row of trainIds) rows[images.labels[row]][row < numSuspects ? "suspects" : "trusted"].push(row);
  return {
    layout,
    files: files.map((name) => ({ name, path: join(root, name) })),
    subject: {
      images,
      trainIds,
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      augmentation: "crop-flip",
    },
    images: fingerprint(images),
    classes: classNames.map((name, label) => ({
      name,
      suspects: Int32Array.from(rows[label].suspects),
      trusted: Int32Array.from(rows[label].trusted),
    })),
    numSuspects,
    ...same,
    nameOf(row) {
      const { listing, item } = placeOf(row);
      return listing.names[item];
    },
    fileOf(row) {
      const { listing, item } = placeOf(row);
      return listing.content.kind === "files" ? join(listing.root, listing.names[item]) : undefined;
    },
    supplierOf(row) {
      const { listing, item } = placeOf(row);
      return listing.suppliers?.[item];
    },
  };
}
