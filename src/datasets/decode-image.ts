import sharp, { type Metadata } from "sharp";
import { FormatFault, messageOf } from "../errors.js";
import { isOutOfFiles } from "../files/open-files.js";
import { readBmp, readBmpHeader } from "./bmp.js";
import { readNetpbm, readNetpbmHeader } from "./netpbm.js";
import type { RgbImage } from "./rgb-image.js";

type Size = Pick<RgbImage, "height" | "width">;

/** The first bytes of the formats that are read; what claims to be an image is not given to a decoder on trust. */
const signatures = {
  JPEG: /^\xff\xd8\xff/,
  PNG: /^\x89PNG\r\n/,
  WebP: /^RIFF....WEBP/s,
  GIF: /^GIF8[79]a/,
  TIFF: /^(II[*+]\0|MM\0[*+])/,
  AVIF: /^....ftypavi[fs]/s,
  BMP: /^BM/,
  PPM: /^P[36][ \t-\r]/,
  PGM: /^P[25][ \t-\r]/,
} as const;

type ImageFormat = keyof typeof signatures;
/** Formats that are decoded here, and not by libvips. */
const ownFormats: { readonly [format in ImageFormat]?: OwnFormat } = {
  BMP: { read: readBmp, size: readBmpHeader },
  PPM: { read: readNetpbm, size: readNetpbmHeader },
  PGM: { read: readNetpbm, size: readNetpbmHeader },
};
interface OwnFormat {
  /** @throws FormatFault for what is damaged */
  read(bytes: Buffer, maxPixels: number): RgbImage;
  size(bytes: Buffer): Size;
}
const formats = Object.keys(signatures) as ImageFormat[];
const imageFormats = `${formats.slice(0, -1).join(", ")} or ${formats.at(-1)}`;

/** What files of these formats are called. */
export const isImageName = (name: string): boolean =>
  /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|ppm|pgm|pnm)$/i.test(name);

/**
 * Decodes an image file, whatever it is called, as Pillow's `Image.open(file).convert("RGB")` does: the first page or frame;
 * grey becomes three equal channels, CMYK is converted by the plain formula, transparency and colour profiles are left out, and
 * an orientation counts in TIFF alone. Of 16 bits the upper eight are taken, in grey images too. docs/formats.md has the
 * differences.
 * @param bytes all of the file
 * @param maxPixels height times width; a larger image is refused before it is unpacked
 * @throws FormatFault that says after the file's name why it is no such image
 */
export async function decodeImage(bytes: Buffer, maxPixels: number): Promise<RgbImage> {
  const format = formatOf(bytes);
  if (format === undefined) throw new FormatFault(`is no ${imageFormats} image`);
  try {
    return ownFormats[format]?.read(bytes, maxPixels) ?? (await unpackImage(bytes, format, maxPixels));
  } catch (cause) {
    if (isOutOfFiles(cause)) throw cause;
    throw new FormatFault(`cannot be decoded (${messageOf(cause).replaceAll("\n", " ")})`, { cause });
  }
}

const formatOf = (bytes: Buffer): ImageFormat | undefined =>
  formats.find((one) => signatures[one].test(bytes.toString("latin1", 0, 16)));

/** Height and width that an image file claims to have; undefined where it does not say. */
export async function claimedSize(bytes: Buffer): Promise<Size | undefined> {
  const format = formatOf(bytes);
  if (format === undefined) return undefined;
  try {
    return ownFormats[format]?.size(bytes) ?? (await sharp(bytes).metadata());
  } catch {
    return undefined;
  }
}

/** @throws Error for what is damaged, FormatFault for what is of a kind that is not read */
async function unpackImage(bytes: Buffer, format: ImageFormat, maxPixels: number): Promise<RgbImage> {
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "error", ignoreIcc: true });
  const metadata = await image.metadata();
  checkKind(metadata);
  if (format === "TIFF") image.autoOrient();
  const isCmyk = metadata.space === "cmyk";
  if (isCmyk) image.pipelineColourspace("cmyk").toColourspace("cmyk");
  else image.toColourspace("srgb").removeAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  if (channels !== (isCmyk ? 4 : 3)) throw new FormatFault(`it has ${channels} channels`);
  return { pixels: isCmyk ? rgbOfCmyk(data) : data, height, width };
}

function checkKind({ space, depth }: Metadata): void {
  const kind = `${space} ${depth}`;
  const known = ["srgb uchar", "b-w uchar", "cmyk uchar", "rgb16 ushort", "grey16 ushort"];
  if (!known.includes(kind)) throw new FormatFault(`its pixels are ${kind}, not of 8 or 16 bits`);
}

/** Ink to light by Pillow's integer formula. @param inks uint8 [N, 4] @returns uint8 [N, 3] */
function rgbOfCmyk(inks: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const light = 255 - inks[from + 3];
    for (let c = 0; c < 3; c++) {
      const product = inks[from + c] * light + 128;
      pixels[to++] = light - (((product >> 8) + product) >> 8);
    }
  }
  return pixels;
}
