import { isDeepStrictEqual } from "node:util";
import type { ArrayDescription } from "./manifest.js";

/** Lengths of a chunk's axes. */
export const chunkShapeOf = ({ shape, rowsPerChunk }: ArrayDescription): number[] => [
  rowsPerChunk,
  ...shape.slice(1),
];

/**
 * Whether an array's `zarr.json` says of it what the manifest does. No codec is let through: those that unpack could make
 * any amount of memory out of a small chunk.
 * @param metadata parsed JSON
 */
export function isArrayMetadata(metadata: unknown, description: ArrayDescription): boolean {
  const expected = {
    zarr_format: 3,
    node_type: "array",
    shape: description.shape,
    data_type: description.dtype,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunkShapeOf(description) } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
  };
  if (typeof metadata !== "object" || metadata === null) return false;
  const found = new Map(Object.entries(metadata));
  return Object.entries(expected).every(([field, value]) => isDeepStrictEqual(found.get(field), value));
}
