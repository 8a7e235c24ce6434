import { RunError } from "../../errors.js";
import { formatBytes } from "../../format.js";

const needLess =
  "Use smaller batches (--bs, --bs_bl, --bs_sl), --precision mixed, or --engine wasm, which needs no graphics device.";

/** @param most bytes that one tensor may have on this device */
export const tooLarge = (bytes: number, most: number): RunError =>
  new RunError(
    `A tensor of ${formatBytes(bytes)} is more than this graphics device takes in one piece, ${formatBytes(most)}.`,
    needLess,
  );

/** @param wanted bytes of all buffers, that which could not be had among them */
export const outOfMemory = (wanted: number, cause: string): RunError =>
  new RunError(
    `The graphics device has not enough memory for the ${formatBytes(wanted)} that this run wants at once: ${cause}`,
    `If other programs use it, end them and run the same command again: it goes on where it stopped. ${needLess}`,
  );
