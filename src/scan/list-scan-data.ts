import { join } from "node:path";
import type { OnBadImage } from "../datasets/bad-files.js";
import { UserError } from "../errors.js";
import { shownPath } from "../files/shown-path.js";
import type { Run } from "../run.js";
import { listData } from "./inputs/find-layout.js";
import { imageSide } from "./inputs/image-side.js";
import type { Listing } from "./inputs/listing.js";
import { trustedImages } from "./inputs/trusted-images.js";

/** Flags that say what is scanned. */
export interface ListInputs {
  readonly data: string;
  readonly trusted?: string | undefined;
  /** Unset: by the images. */
  readonly size?: number | undefined;
  readonly on_bad_image: OnBadImage;
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
export async function listScanData(inputs: ListInputs, run: Run): Promise<ListedData> {
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

/** The labels of a listing, as another numbers the classes of the same names. */
function labelsIn(trusted: Listing, data: Listing, inputs: ListInputs): Int32Array {
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
