import { closeSync, fstatSync, readSync } from "node:fs";
import { UserError } from "../errors.js";
import { openRegularFileSync, unreadable } from "../files/regular-file.js";
import { shownPath } from "../files/shown-path.js";
import { type ImageSize, imageBytes, type Pixels } from "./pixels.js";

/** Closes the files of sources that nobody reads any more. */
const openFiles = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

interface FileOptions extends ImageSize {
  /** Bytes before the first record; unset: 0. */
  readonly start?: number;
  /** Turns the bytes of a record into uint8 [H, W, C]; unset: they are that. */
  readonly decode?: (record: Uint8Array) => Uint8Array;
}

/**
 * The images of a file that holds nothing but a header and records of one size, read when they are asked for: a file may be larger than
 * memory. It stays open, so that another file put in its place changes nothing.
 * @throws UserError when the file cannot be read or is no whole number of images
 */
export function filePixels(
  file: string,
  { start = 0, decode = (record) => record, ...size }: FileOptions,
): Pixels {
  const bytes = imageBytes(size);
  const source = { descriptor: openForReading(file) };
  openFiles.register(source, source.descriptor);
  const length = fstatSync(source.descriptor).size - start;
  if (length === 0 || length % bytes !== 0) {
    throw new UserError(
      `${shownPath(file)} has ${length} bytes, not a multiple of ${bytes} (an image of ${size.height}x${size.width}x${size.channels}).`,
      "The file is cut short or is something else: replace it.",
    );
  }
  return {
    ...size,
    count: length / bytes,
    read(row) {
      const record = new Uint8Array(bytes);
      for (let done = 0; done < bytes; ) {
        const count = readSync(source.descriptor, record, done, bytes - done, start + row * bytes + done);
        if (count === 0)
          throw new UserError(
            `${shownPath(file)} became shorter while it was read.`,
            "Replace it, and run the command again.",
          );
        done += count;
      }
      return decode(record);
    },
  };
}

function openForReading(file: string): number {
  try {
    return openRegularFileSync(file);
  } catch (cause) {
    return unreadable(file, "Check that it is a readable file.")(cause);
  }
}
