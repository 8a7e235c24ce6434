import sharp from "sharp";
import { UserError } from "../errors.js";
import { readRegularFile } from "../files/regular-file.js";

/** An image without transparency, colour profile or rotation applied. */
export interface RgbImage {
  /** uint8 [height, width, 3] */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** The first bytes of the formats that are read; what claims to be an image is not given to a decoder on trust. */
const signatures = {
  JPEG: /^\xff\xd8\xff/,
  PNG: /^\x89PNG\r\n/,
  WebP: /^RIFF....WEBP/s,
} as const;

export type ImageFormat = keyof typeof signatures;

interface DecodeLimits {
  readonly formats: readonly ImageFormat[];
  /** Of height times width; a larger image is refused before it is unpacked. */
  readonly maxPixels: number;
}

/** Decodes an image file to RGB; grey becomes three equal channels. @throws UserError naming the file */
export async function decodeImage(file: string, { formats, maxPixels }: DecodeLimits): Promise<RgbImage> {
  const bytes = await readRegularFile(file).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`Cannot read ${file}.`, "Check that it is a readable file.", { cause });
  });
  const start = bytes.toString("latin1", 0, 16);
  const refuse = (reason: string, cause?: unknown) =>
    new UserError(`${file} ${reason}.`, "Remove or replace it.", { cause });
  if (!formats.some((format) => signatures[format].test(start))) {
    throw refuse(`is no ${formats.join(", ")} image`);
  }
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "error", ignoreIcc: true });
  try {
    const { data, info } = await image
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw refuse(`has ${info.channels} channels`);
    return { pixels: data, height: info.height, width: info.width };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
    throw refuse(`cannot be decoded (${reason})`, error);
  }
}
