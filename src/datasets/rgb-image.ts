/** An image without transparency, colour profile or rotation applied. */
export interface RgbImage {
  /** uint8 [height, width, 3] */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}
