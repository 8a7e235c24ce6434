import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type Compressors, snappyUncompress } from "hyparquet";
import { ZSTDDecoder } from "zstddec";
import { formatCount } from "../../format.js";

/** Bytes of a row group that are in memory at once; it is read as a whole. */
export const maxGroupBytes = 500_000_000;

/**
 * Of each compression what unpacks a page, in no more memory than the page says. Zstandard is its authors' own decoder, within
 * WebAssembly's memory: Node 20 has none.
 */
export async function parquetCompressors(): Promise<Compressors> {
  const zstd = new ZSTDDecoder();
  await zstd.init();
  return {
    SNAPPY: checked((input, length) => {
      const output = new Uint8Array(length);
      snappyUncompress(input, output);
      return output;
    }),
    GZIP: checked((input, length) => gunzipSync(input, { maxOutputLength: length })),
    BROTLI: checked((input, length) => brotliDecompressSync(input, { maxOutputLength: length })),
    ZSTD: checked((input, length) => zstd.decode(input, length)),
  };
}

type Unpack = (input: Uint8Array, length: number) => Uint8Array;

/** No unpacker is asked for nothing: some would take that for "as much as it is". */
const checked =
  (unpack: Unpack): Unpack =>
  (input, length) => {
    if (length > maxGroupBytes)
      throw new Error(
        `it has a page of ${formatCount(length)} bytes, more than ${formatCount(maxGroupBytes)}`,
      );
    if (length === 0) return new Uint8Array();
    const output = unpack(input, length);
    if (output.length !== length)
      throw new Error(`a page of ${formatCount(length)} bytes has become ${formatCount(output.length)}`);
    return output;
  };
