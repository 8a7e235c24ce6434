import path from "node:path";
import { FormatFault, UserError } from "../errors.js";
import { readRegularFile } from "../files/regular-file.js";
import { NumpyArray, numpyConstructors } from "../pickle/numpy-pickle.js";
import { readPickle } from "../pickle/safe-pickle.js";
import { binaryLayout, type FoundLayout } from "./cifar10-layout.js";
import { fingerprint } from "./fingerprint.js";
import type { Dataset, ImageSet } from "./image-set.js";
import { memoryPixels } from "./pixels.js";

const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;
const IMAGE_BYTES = PLANE * CHANNELS;
/** A label byte, then the red, the green and the blue plane. */
const RECORD_BYTES = 1 + IMAGE_BYTES;

/** Some 87,000 images; the official files have 10,000. */
const MAX_FILE_BYTES = 2 ** 28;

const classNames = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
] as const;

/** The content of one batch file. */
interface Records {
  readonly labels: readonly number[];
  /** uint8 [3, 32, 32], planes of image `index` */
  planesOf(index: number): Uint8Array;
}

const fetchAgain = "Fetch it again from https://www.cs.toronto.edu/~kriz/cifar.html.";

function parseBinary(bytes: Uint8Array, source: string): Records {
  if (bytes.length === 0 || bytes.length % RECORD_BYTES !== 0) {
    throw new UserError(
      `${source} has ${bytes.length} bytes, not a multiple of ${RECORD_BYTES} (a label and a 32x32x3 image).`,
      `The file is cut short or is no batch of CIFAR-10. ${fetchAgain}`,
    );
  }
  const count = bytes.length / RECORD_BYTES;
  return {
    labels: Array.from({ length: count }, (_, i) => bytes[i * RECORD_BYTES]),
    planesOf: (i) => bytes.subarray(i * RECORD_BYTES + 1, (i + 1) * RECORD_BYTES),
  };
}

function parsePickle(bytes: Uint8Array, source: string): Records {
  const batch = readPickle(bytes, { source, constructors: numpyConstructors });
  try {
    const [data, labels] = batch instanceof Map ? [batch.get("data"), batch.get("labels")] : [];
    if (!(data instanceof NumpyArray)) throw new FormatFault('no array "data"');
    const [count, size] = data.shape;
    if (data.shape.length !== 2 || size !== IMAGE_BYTES || count === 0) {
      throw new FormatFault(`"data" is [${data.shape}], not [images, ${IMAGE_BYTES}]`);
    }
    if (!Array.isArray(labels) || labels.length !== count) throw new FormatFault(`not ${count} "labels"`);
    const pixels = data.uint8();
    return {
      labels: labels.map((label) => (typeof label === "number" ? label : Number.NaN)),
      planesOf: (i) => pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES),
    };
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    throw new UserError(`${source} is no batch of CIFAR-10: ${error.message}.`, fetchAgain, { cause: error });
  }
}

/** CHW planes to interleaved HWC pixels. */
function interleave(planes: Uint8Array, out: Uint8Array, offset: number): void {
  for (let pixel = 0; pixel < PLANE; pixel++) {
    for (let c = 0; c < CHANNELS; c++) out[offset + pixel * CHANNELS + c] = planes[c * PLANE + pixel];
  }
}

async function readRecords(file: string, isBinary: boolean): Promise<Records> {
  const hint = "Check that it is a readable file of up to 256 MiB.";
  const bytes = await readRegularFile(file, MAX_FILE_BYTES).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`Cannot read ${file}.`, hint, { cause });
  });
  const records = isBinary ? parseBinary(bytes, file) : parsePickle(bytes, file);
  const wrong = records.labels.findIndex(
    (label) => !Number.isInteger(label) || label < 0 || label >= classNames.length,
  );
  if (wrong >= 0) {
    throw new UserError(
      `${file}: image ${wrong} has label ${records.labels[wrong]}, not 0 to ${classNames.length - 1}.`,
      `The file is damaged or is no batch of CIFAR-10. ${fetchAgain}`,
    );
  }
  return records;
}

/** Image i is the i-th of the files' records, one file after the other. */
async function readSet({ layout, directory }: FoundLayout, files: readonly string[]): Promise<ImageSet> {
  const parts: Records[] = [];
  for (const file of files)
    parts.push(await readRecords(path.join(directory, file), layout === binaryLayout));
  const labels = Int32Array.from(parts.flatMap((part) => part.labels));
  const images = new Uint8Array(labels.length * IMAGE_BYTES);
  let offset = 0;
  for (const part of parts) {
    for (let i = 0; i < part.labels.length; i++) {
      interleave(part.planesOf(i), images, offset);
      offset += IMAGE_BYTES;
    }
  }
  return { pixels: memoryPixels(images, { height: SIDE, width: SIDE, channels: CHANNELS }), labels };
}

/**
 * Reads CIFAR-10 (10 classes, 32x32x3) from either official layout; a batch file may hold any number of images up to 256 MiB.
 * @throws UserError naming the file that is unreadable, damaged or hostile
 */
export async function readCifar10(found: FoundLayout): Promise<Dataset> {
  const train = await readSet(found, found.layout.trainFiles);
  const test = await readSet(found, [found.layout.testFile]);
  return {
    name: "CIFAR10",
    classNames,
    train,
    test,
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    fingerprint: fingerprint(train, test),
  };
}
