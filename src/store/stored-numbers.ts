import { bfloat16ToFloat32, float16ToFloat32 } from "./half-precision.js";
import { elementCount, type StateArray } from "./state-dict.js";

/** Bytes an element takes on disk, for the types that are read. Little-endian. */
export const elementBytes = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;
/** Their names in safetensors. */
export type StoredType = keyof typeof elementBytes;

/**
 * Numbers as a state dict holds them.
 * @param name of the tensor, for messages
 * @param bytes starts at a multiple of 8 of its memory, which the result may share
 * @returns integers as counters ("int64")
 * @throws Error when float32 cannot hold an integer exactly
 */
export function decodeNumbers(name: string, type: StoredType, bytes: Uint8Array): Omit<StateArray, "shape"> {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / elementBytes[type];
  switch (type) {
    case "F32":
      return { data: new Float32Array(buffer, byteOffset, count) };
    case "F64":
      return { data: new Float32Array(new Float64Array(buffer, byteOffset, count)) };
    case "F16":
      return { data: float16ToFloat32(new Uint16Array(buffer, byteOffset, count)) };
    case "BF16":
      return { data: bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, count)) };
    case "I64": {
      const integers = new BigInt64Array(buffer, byteOffset, count);
      const data = Float32Array.from(integers, Number);
      return exactly(
        name,
        data,
        integers.find((value, i) => value !== BigInt(data[i])),
      );
    }
    case "I32": {
      const integers = new Int32Array(buffer, byteOffset, count);
      const data = new Float32Array(integers);
      return exactly(
        name,
        data,
        integers.find((value, i) => value !== data[i]),
      );
    }
    case "I16":
      return { data: new Float32Array(new Int16Array(buffer, byteOffset, count)), dtype: "int64" };
    case "I8":
      return { data: new Float32Array(new Int8Array(buffer, byteOffset, count)), dtype: "int64" };
    case "U8":
    case "BOOL":
      return { data: new Float32Array(bytes), dtype: "int64" };
  }
}

function exactly(name: string, data: Float32Array, wrong?: number | bigint): Omit<StateArray, "shape"> {
  if (wrong !== undefined) throw new Error(`"${name}" holds ${wrong}, which float32 cannot hold exactly`);
  return { data, dtype: "int64" };
}

/** An entry's numbers as they are stored: float32, or int64 for counters. May share the entry's memory. */
export function encodeNumbers(name: string, { shape, data, dtype }: StateArray): Uint8Array {
  if (data.length !== elementCount(shape)) {
    throw new Error(`State entry "${name}" has shape [${shape}] and ${data.length} values.`);
  }
  if (dtype !== "int64") return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(BigInt64Array.from(data, (value) => BigInt(value)).buffer);
}
