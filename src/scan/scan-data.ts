import { join } from "node:path";
import type { OnBadImage } from "../datasets/bad-files.js";
import { fingerprint } from "../datasets/fingerprint.js";
import type { ImageSet } from "../datasets/image-set.js";
import { joinedPixels, type Pixels, selectedPixels } from "../datasets/pixels.js";
import { allIds } from "../datasets/select.js";
import type { ClassRows } from "../detection/disguise.js";
import { UserError } from "../errors.js";
import { shownPath } from "../files/shown-path.js";
import type { Run } from "../run.js";
import type { Subject } from "../training/subject.js";
import { listData } from "./inputs/find-layout.js";
import { imageSide } from "./inputs/image-side.js";
import type { Listing } from "./inputs/listing.js";
import { readListing } from "./inputs/read-listing.js";
import { trustedImages } from "./inputs/trusted-images.js";
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

interface Inputs {
  readonly data: string;
  readonly trusted?: string | undefined;
  /** Unset: by the images. */
  readonly size?: number | undefined;
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

/** What the data and the trusted images are called and belong to; a few have been opened for their size. */
export interface ListedData {
  readonly data: Listing;
  /** To which images are brought: pixels. */
  readonly side: number;
  /** uint8 [N], 1: an item of the data that is trusted. */
  readonly marked: Uint8Array;
  /** Trusted images beside the data, with labels as the data numbers its classes. */
  readonly apart: { readonly listing: Listing; readonly labels: Int32Array } | undefined;
}

/**
 * Lists the data and the trusted images, which may be marked in the data itself, or another data set whose classes have the same names.
 * @throws UserError naming trusted classes that the data lacks, or data without classes
 */
export async function listScanData(inputs: Omit<Inputs, "cacheDir">, run: Run): Promise<ListedData> {
  const options = { onBadImage: inputs.on_bad_image, ...run };
  const data = await listData(inputs.data, options);
  if (data.classNames.length < 2)
    throw new UserError(
      `${shownPath(inputs.data)} holds one class; a network cannot be trained on it.`,
      `Name a folder with a sub-folder of images for each class${innerFolder(data)}; docs/scan.md says what else is read.`,
    );
  const { marked, apart } = await trustedImages(inputs.trusted, data, options);
  const labels = apart && labelsIn(apart, data, inputs);
  const side = inputs.size ?? (await imageSide(data));
  return { data, side, marked, apart: apart && labels && { listing: apart, labels } };
}

/** ", perhaps a/b": the only class folder of a listing, or one in it, where that has several folders of images. */
function innerFolder({ layout, root, names }: Listing): string {
  if (layout !== "class folders") return "";
  const folders = names.map((name) => name.split("/").slice(0, -1));
  const [first] = folders;
  const differ = first.findIndex((part, depth) => folders.some((one) => one[depth] !== part));
  const shared = differ < 0 ? first : first.slice(0, differ);
  const isDivided = folders.every((one) => one.length > shared.length);
  return shared.length > 0 && isDivided ? `, perhaps ${shownPath(join(root, ...shared))}` : "";
}

/** Lists and reads. @throws UserError as `listScanData` and `readListed` */
export const readScanData = async (inputs: Inputs, run: Run): Promise<ScanData> =>
  readListed(await listScanData(inputs, run), inputs, run);

/** Reads what `listScanData` lists, and finds out which suspects are trusted images. @throws UserError naming a bad image */
export async function readListed(
  { data, side, marked, apart }: ListedData,
  { on_bad_image: onBadImage, cacheDir }: Pick<Inputs, "on_bad_image" | "cacheDir">,
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

/** The labels of a listing, as another numbers the classes of the same names. */
function labelsIn(trusted: Listing, data: Listing, inputs: Omit<Inputs, "cacheDir">): Int32Array {
  const labelOf = new Map(data.classNames.map((name, label) => [name, label]));
  const lacking = trusted.classNames.filter((name) => !labelOf.has(name));
  if (lacking.length > 0) {
    const some = lacking.slice(0, 5).map((name) => JSON.stringify(name));
    const more = lacking.length > 5 ? ` and ${lacking.length - 5} more` : "";
    throw new UserError(
      `${shownPath(inputs.trusted ?? "")} has classes that ${shownPath(inputs.data)} lacks: ${some.join(", ")}${more}.`,
      "Name the trusted class folders as those of the data.",
    );
  }
  return trusted.labels.map((label) => labelOf.get(trusted.classNames[label]) ?? -1);
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
