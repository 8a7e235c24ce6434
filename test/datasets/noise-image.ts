/** The image that Pillow was given: the top bytes of a 32-bit linear congruential generator. @returns uint8 [H, W, 3] */
export function noiseImage(height: number, width: number): Uint8Array {
  let state = height * 1000 + width;
  return Uint8Array.from({ length: height * width * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
