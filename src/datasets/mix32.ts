/**
 * A good 32-bit mixing function (the finaliser of MurmurHash3): neighbouring inputs give unrelated outputs. It turns
 * one draw of a named stream into as many values as there are positions, whatever order they are asked for in.
 * @returns an integer in [0, 2^32)
 */
export function mix32(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
