import path from "node:path";
import { FormatFault, UserError } from "../../errors.js";
import { readInside } from "../../files/inside.js";
import { shownPath } from "../../files/shown-path.js";
import { NumpyArray, numpyConstructors } from "../../pickle/numpy-pickle.js";
import { readPickle } from "../../pickle/safe-pickle.js";
import { fingerprint } from "../fingerprint.js";
import type { Dataset, ImageSet } from "../image-set.js";
import { memoryPixels } from "../pixels.js";
import { CHANNELS, fetchAgain, IMAGE_BYTES, PLANE, recordBytes, recordsIn, SIDE } from "./binary-records.js";
import type { Cifar, FoundCifar } from "./layout.js";

/** Some 87,000 images; the official files have 10,000 or 50,000. */
const MAX_FILE_BYTES = 2 ** 28;

/** The content of one batch file. */
interface Records {
  readonly labels: readonly number[];
  /** uint8 [3, 32, 32], planes of image `index` */
  planesOf(index: number): Uint8Array;
}

/** The last of a record's labels counts. */
function parseBinary(bytes: Uint8Array, cifar: Cifar, source: string): Records {
  const { labelBytes } = cifar;
  const record = recordBytes(cifar);
  return {
    labels: Array.from(
      { length: recordsIn(bytes.length, cifar, source) },
      (_, i) => bytes[i * record + labelBytes - 1],
    ),
    planesOf: (i) => bytes.subarray(i * record + labelBytes, (i + 1) * record),
  };
}

function parsePickle(bytes: Uint8Array, { title, labelKey }: Cifar, source: string): Records {
  const batch = readPickle(bytes, { source, constructors: numpyConstructors });
  try {
    const [data, given] = batch instanceof Map ? [batch.get("data"), batch.get(labelKey)] : [];
    if (!(data instanceof NumpyArray)) throw new FormatFault('no array "data"');
    const [count, size] = data.shape;
    if (data.shape.length !== 2 || size !== IMAGE_BYTES || count === 0) {
      throw new FormatFault(`"data" is [${data.shape}], not [images, ${IMAGE_BYTES}]`);
    }
    const labels = given instanceof NumpyArray ? given.numbers() : given;
    if (!Array.isArray(labels) || labels.length !== count)
      throw new FormatFault(`not ${count} "${labelKey}"`);
    const pixels = data.uint8();
    return {
      labels: labels.map((label) => (typeof label === "number" ? label : Number.NaN)),
      planesOf: (i) => pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES),
    };
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    throw new UserError(`${source} is no batch of ${title}: ${error.message}.`, fetchAgain, { cause: error });
  }
}

/** CHW planes to interleaved HWC pixels. */
function interleave(planes: Uint8Array, out: Uint8Array, offset: number): void {
  for (let pixel = 0; pixel < PLANE; pixel++) {
    for (let c = 0; c < CHANNELS; c++) out[offset + pixel * CHANNELS + c] = planes[c * PLANE + pixel];
  }
}

async function readRecords({ cifar, layout, directory }: FoundCifar, name: string): Promise<Records> {
  const file = shownPath(path.join(directory, name));
  const bytes = await readInside(directory, name, MAX_FILE_BYTES);
  const records = (layout.form === "binary" ? parseBinary : parsePickle)(bytes, cifar, file);
  const { title, classNames } = cifar;
  const wrong = records.labels.findIndex(
    (label) => !Number.isInteger(label) || label < 0 || label >= classNames.length,
  );
  if (wrong >= 0) {
    throw new UserError(
      `${file}: image ${wrong} has label ${records.labels[wrong]}, not 0 to ${classNames.length - 1}.`,
      `The file is damaged or is no batch of ${title}. ${fetchAgain}`,
    );
  }
  return records;
}

interface CifarImages extends ImageSet {
  /** File and number in it of image `row`. */
  readonly placeOf: (row: number) => readonly [string, number];
}

/** Image i is the i-th of the files' records, one file after the other. @throws UserError as `readCifar` */
export async function readCifarFiles(found: FoundCifar, files: readonly string[]): Promise<CifarImages> {
  const parts: Records[] = [];
  for (const file of files) parts.push(await readRecords(found, file));
  const labels = Int32Array.from(parts.flatMap((part) => part.labels));
  const places = files.flatMap((file, i) => parts[i].labels.map((_, place) => [file, place] as const));
  const sourceOf = (row: number) => `${places[row][0]}, image ${places[row][1]}`;
  const images = new Uint8Array(labels.length * IMAGE_BYTES);
  let offset = 0;
  for (const part of parts) {
    for (let i = 0; i < part.labels.length; i++) {
      interleave(part.planesOf(i), images, offset);
      offset += IMAGE_BYTES;
    }
  }
  return {
    pixels: memoryPixels(images, { height: SIDE, width: SIDE, channels: CHANNELS }),
    labels,
    placeOf: (row) => places[row],
    sourceOf,
  };
}

/**
 * Reads CIFAR-10 or CIFAR-100 (32x32x3) from either official layout; a file may hold any number of images up to 256 MiB.
 * @throws UserError naming the file that is unreadable, damaged or hostile, or a link that leads out of the folder
 */
export async function readCifar(found: FoundCifar): Promise<Dataset> {
  const train = await readCifarFiles(found, found.layout.trainFiles);
  const test = await readCifarFiles(found, [found.layout.testFile]);
  const { name, classNames } = found.cifar;
  return {
    name,
    classNames,
    train,
    test,
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    fingerprint: fingerprint(train, test),
  };
}
