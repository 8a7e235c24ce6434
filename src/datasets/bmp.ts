import { FormatFault } from "../errors.js";
import type { RgbImage } from "./rgb-image.js";

/** Height, width, layout of the rows and colours: what a bitmap's headers say. */
interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  /** Byte of red, green and blue in a pixel of 24 or 32 bits. */
  readonly order: readonly number[];
  /** Where the colours of a palette begin, their number, and the bytes of one: blue, green, red and perhaps a fourth. */
  readonly palette: { readonly start: number; readonly count: number; readonly step: number };
  /** Where the rows begin. */
  readonly start: number;
}

const SHORTEST_HEADER = 12;
/** The byte that a mask of one whole byte selects. */
const byteOfMask = new Map([0xff, 0xff00, 0xff0000, 0xff000000].map((mask, byte) => [mask, byte]));

/** @throws FormatFault for what is damaged or of another kind */
export function readBmpHeader(bytes: Buffer): BmpHeader {
  if (bytes.length < 26) throw new FormatFault("it is cut short");
  const start = bytes.readUInt32LE(10);
  const length = bytes.readUInt32LE(14);
  if (length === SHORTEST_HEADER) {
    const [width, height, bits] = [18, 20, 24].map((at) => bytes.readUInt16LE(at));
    const palette = { start: 26, count: bits <= 8 ? 2 ** bits : 0, step: 3 };
    return { width, height, bits, isTopDown: false, order: [2, 1, 0], palette, start };
  }
  if (![40, 52, 56, 64, 108, 124].includes(length)) throw new FormatFault(`a header of ${length} bytes`);
  // The masks are in a longer header, or behind the short one.
  if (bytes.length < Math.max(14 + length, 66)) throw new FormatFault("it is cut short");
  const height = bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  const hasMasks = compression === 3 && bits === 32;
  if (compression !== 0 && !hasMasks) throw new FormatFault("its pixels are packed");
  const order = hasMasks
    ? [54, 58, 62].map((at) => byteOfMask.get(bytes.readUInt32LE(at)) ?? Number.NaN)
    : [2, 1, 0];
  if (order.includes(Number.NaN)) throw new FormatFault("its colours have not 8 bits");
  const colours = bytes.readUInt32LE(46);
  const count = bits > 8 ? 0 : colours === 0 ? 2 ** bits : colours;
  return {
    width: bytes.readInt32LE(18),
    height: Math.abs(height),
    isTopDown: height < 0,
    bits,
    order,
    palette: { start: 14 + length, count, step: 4 },
    start,
  };
}

/**
 * Decodes a Windows bitmap (BMP) that is not packed: 1, 4 or 8 bits with a palette, 24 or 32 bits without; a fourth channel is
 * left out. Nothing is allocated before the file is known to hold all pixels.
 * @throws FormatFault for what is damaged or of another kind
 */
export function readBmp(bytes: Buffer, maxPixels: number): RgbImage {
  const { width, height, isTopDown, bits, order, palette, start } = readBmpHeader(bytes);
  if (width < 1 || height < 1) throw new FormatFault(`it is ${width}x${height} pixels`);
  if (width * height > maxPixels)
    throw new FormatFault(`${width}x${height} pixels are more than the ${maxPixels} that are read`);
  if (![1, 4, 8, 24, 32].includes(bits)) throw new FormatFault(`${bits} bits a pixel`);
  const stride = 4 * Math.ceil((width * bits) / 32);
  if (palette.count > 2 ** bits || start + stride * height > bytes.length)
    throw new FormatFault("it is cut short");
  if (palette.start + palette.count * palette.step > start) throw new FormatFault("its palette is damaged");
  const pixels = new Uint8Array(width * height * 3);
  const rowStart = (y: number) => start + stride * (isTopDown ? y : height - 1 - y);
  /** Where the colour of a pixel stands. */
  const place = (y: number, x: number): number => {
    if (bits > 8) return rowStart(y) + (x * bits) / 8;
    const bit = x * bits;
    const index = (bytes[rowStart(y) + (bit >> 3)] >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
    if (index >= palette.count) throw new FormatFault("a pixel has a colour that its palette lacks");
    return palette.start + index * palette.step;
  };
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = place(y, x);
      for (const byte of order) pixels[to++] = bytes[from + byte];
    }
  }
  return { pixels, height, width };
}
