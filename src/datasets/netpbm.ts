import { FormatFault } from "../errors.js";
import type { RgbImage } from "./rgb-image.js";

/** What stands before the pixels of a pixmap (PPM) or a greymap (PGM). */
interface NetpbmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** White; up to 255 a sample is a byte, above two. */
  readonly maxLevel: number;
  /** Samples are written as decimal numbers. */
  readonly isText: boolean;
  /** Where the pixels begin. */
  readonly start: number;
}

/** Spaces, as C has them, and a comment: to the end of its line. */
const gap = /(?:[ \t-\r]|#[^\n\r]*[\n\r])/.source;
const headerPattern = new RegExp(
  `^P([2356])[ \\t-\\r]${gap}*(\\d{1,10})${gap}+(\\d{1,10})${gap}+(\\d{1,10})[ \\t-\\r]`,
);
/** Long comments are not looked through. */
const longestHeader = 65_536;

/** @throws FormatFault for what is damaged */
export function readNetpbmHeader(bytes: Buffer): NetpbmHeader {
  const found = headerPattern.exec(bytes.toString("latin1", 0, longestHeader));
  if (found === null) throw new FormatFault("its header is damaged");
  const [kind, width, height, maxLevel] = found.slice(1).map(Number);
  if (width < 1 || height < 1) throw new FormatFault(`it is ${width}x${height} pixels`);
  if (maxLevel < 1 || maxLevel > 65_535) throw new FormatFault(`its highest level is ${maxLevel}`);
  const channels = kind % 3 === 0 ? 3 : 1;
  return { width, height, channels, maxLevel, isText: kind < 4, start: found[0].length };
}

/**
 * Decodes a Netpbm pixmap or greymap, binary (P6, P5) or written in numbers (P3, P2), of any highest level; the first image of a
 * file that holds several. Levels become 8 bits as in Pillow: level / highest * 255, rounded half to even. Nothing is allocated
 * before the file is known to be long enough.
 * @throws FormatFault for what is damaged
 */
export function readNetpbm(bytes: Buffer, maxPixels: number): RgbImage {
  const { width, height, channels, maxLevel, isText, start } = readNetpbmHeader(bytes);
  if (width * height > maxPixels)
    throw new FormatFault(`${width}x${height} pixels are more than the ${maxPixels} that are read`);
  const count = width * height * channels;
  const shortest = isText ? 2 * count - 1 : maxLevel < 256 ? count : 2 * count;
  if (bytes.length - start < shortest) throw new FormatFault("it is cut short");
  const sample = isText ? writtenSamples(bytes, start) : binarySamples(bytes, start, maxLevel);
  const pixels = new Uint8Array(width * height * 3);
  for (let to = 0; to < pixels.length; ) {
    const level = levelOf(sample(), maxLevel);
    pixels[to++] = level;
    if (channels === 3) continue;
    pixels[to++] = level;
    pixels[to++] = level;
  }
  return { pixels, height, width };
}

function levelOf(sample: number, maxLevel: number): number {
  const level = (sample / maxLevel) * 255;
  const below = Math.floor(level);
  const isUp = level - below > 0.5 || (level - below === 0.5 && below % 2 === 1);
  return Math.min(255, isUp ? below + 1 : below);
}

function binarySamples(bytes: Buffer, start: number, maxLevel: number): () => number {
  let at = start;
  if (maxLevel < 256) return () => bytes[at++];
  return () => {
    at += 2;
    return bytes.readUInt16BE(at - 2);
  };
}

function writtenSamples(bytes: Buffer, start: number): () => number {
  const number = new RegExp(`${gap}*(\\d{1,10})(?![^ \\t-\\r#])`, "y");
  const text = bytes.toString("latin1", start);
  return () => {
    const found = number.exec(text);
    if (found === null) throw new FormatFault("a level is missing or no number");
    return Number(found[1]);
  };
}
