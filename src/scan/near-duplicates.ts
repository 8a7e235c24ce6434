import type { ImageSize } from "../datasets/pixels.js";

const columns = 9;
const rows = 8;
/** Bits of a hash that are compared at once: two hashes that differ in seven bits agree in one of eight parts. */
const bandBits = 8;
const bands = ((columns - 1) * rows) / bandBits;
/** Mean difference of two thumbnails, in levels, of what counts as the same picture. */
const closeLevels = 5;
/** A thumbnail with less between its darkest and lightest cell shows nothing: such are like each other whatever they are. */
const leastContrast = 16;
/** Trusted images with one part of a hash; more are plain skies and walls, and would make the search quadratic. */
const largestBucket = 1000;

/**
 * What an image looks like from afar: mean grey of 9 by 8 cells. A picture that was compressed again, brought to another size or
 * changed by little keeps it.
 * @param image uint8 [H, W, 3]
 * @returns uint8 [8, 9]
 */
export function thumbOf(image: Uint8Array, { height, width, channels }: ImageSize): Uint8Array {
  const edge = (i: number, cells: number, length: number) => Math.floor((i * length) / cells);
  const thumb = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    const [top, bottom] = [
      edge(y, rows, height),
      Math.max(edge(y + 1, rows, height), edge(y, rows, height) + 1),
    ];
    for (let x = 0; x < columns; x++) {
      const left = edge(x, columns, width);
      const right = Math.max(edge(x + 1, columns, width), left + 1);
      let sum = 0;
      for (let line = top; line < bottom; line++) {
        const start = (line * width + left) * channels;
        const end = (line * width + right) * channels;
        for (let i = start; i < end; i++) sum += image[i];
      }
      thumb[y * columns + x] = sum / ((bottom - top) * (right - left) * channels);
    }
  }
  return thumb;
}

/** Difference hash (dHash) of a thumbnail in parts of 8 bits, each with its number: whether a cell is darker than the one right of it. */
function hashParts(thumb: Uint8Array): number[] {
  const parts = new Array<number>(bands).fill(0);
  for (let bit = 0; bit < bands * bandBits; bit++) {
    const cell = Math.floor(bit / (columns - 1)) * columns + (bit % (columns - 1));
    if (thumb[cell] < thumb[cell + 1]) parts[Math.floor(bit / bandBits)] |= 1 << (bit % bandBits);
  }
  return parts.map((part, band) => band * 2 ** bandBits + part);
}

const showsSomething = (thumb: Uint8Array): boolean =>
  thumb.reduce((a, b) => Math.max(a, b)) - thumb.reduce((a, b) => Math.min(a, b)) >= leastContrast;

interface Known {
  readonly id: number;
  readonly thumb: Uint8Array;
}

/** Thumbnails that can be searched for one nearly like another. */
export function indexOfThumbs() {
  const buckets = new Map<number, Known[]>();
  return {
    add(id: number, thumb: Uint8Array): void {
      if (!showsSomething(thumb)) return;
      for (const part of hashParts(thumb)) {
        const bucket = buckets.get(part);
        if (bucket) bucket.push({ id, thumb });
        else buckets.set(part, [{ id, thumb }]);
      }
    },
    /** @returns the id of the closest of those near enough to be the same picture */
    closest(thumb: Uint8Array): number | undefined {
      if (!showsSomething(thumb)) return undefined;
      let best: number | undefined;
      let least = closeLevels * thumb.length;
      for (const part of hashParts(thumb)) {
        const bucket = buckets.get(part) ?? [];
        if (bucket.length > largestBucket) continue;
        for (const one of bucket) {
          const difference = differenceUpTo(least, thumb, one.thumb);
          if (difference === undefined || (best !== undefined && difference === least)) continue;
          best = one.id;
          least = difference;
        }
      }
      return best;
    },
  };
}

/** Sum of the differences of cells, in levels; undefined as soon as it is larger than `most`. */
function differenceUpTo(most: number, a: Uint8Array, b: Uint8Array): number | undefined {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += Math.abs(a[i] - b[i]);
    if (sum > most) return undefined;
  }
  return sum;
}
