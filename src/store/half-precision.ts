const halfCount = 2 ** 16;

/** @returns float32 [N], the values of N half-precision (IEEE binary16) numbers given by their bits */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  // A table pays where there are more numbers than halves.
  if (bits.length < halfCount) return Float32Array.from(bits, halfValue);
  const table = halfValues();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]];
  return values;
}

/** @returns float32 [65536], the value of every half by its bits */
function halfValues(): Float32Array {
  return Float32Array.from({ length: halfCount }, (_, bits) => halfValue(bits));
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** @returns float32 [N], the values of N bfloat16 numbers (the upper half of a float32) given by their bits */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  return new Float32Array(words.buffer);
}
