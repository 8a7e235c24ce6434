import { tf } from "../tf.js";
import type { PoolGeometry } from "./kernels.js";

/*
 * What a max pool's gradient needs, from operations that every tfjs backend does right and fast: on WebAssembly (4.22)
 * tfjs's own gradient is wrong where a window holds no positive value, and its strided slices are slow. The positions
 * that agree modulo the stride make coarse grids, in which the windows of a pool are shifted by whole cells.
 */

/** Where the windows of x have their maxima y. */
interface Maxima {
  readonly x: tf.Tensor4D;
  readonly y: tf.Tensor4D;
}

/** One position in the window: cell (down, right) of a grid. */
interface Place {
  /** The grid's number, row by row. */
  readonly grid: number;
  readonly down: number;
  readonly right: number;
}

/** @returns the elements of `other`, shaped like x, at the maxima (the first of equal ones): float32 like y */
export function gatherMaxima(other: tf.Tensor4D, { x, y }: Maxima, geometry: PoolGeometry): tf.Tensor4D {
  const xGrids = gridsOf(x, geometry.stride);
  const otherGrids = gridsOf(other, geometry.stride);
  let open: tf.Tensor4D = tf.onesLike(y);
  const parts = placesOf(geometry).map((place) => {
    const isHere = tf.mul<tf.Tensor4D>(open, tf.equal(seenFrom(xGrids, place, y.shape), y));
    open = tf.sub(open, isHere);
    return tf.mul<tf.Tensor4D>(seenFrom(otherGrids, place, y.shape), isHere);
  });
  return tf.addN(parts);
}

/** The adjoint of `gatherMaxima`: every element of dy at its window's maximum, float32 like x. */
export function scatterToMaxima(dy: tf.Tensor4D, { x, y }: Maxima, geometry: PoolGeometry): tf.Tensor4D {
  const grids = gridsOf(x, geometry.stride);
  const [, rows, columns] = grids[0].shape;
  const [, height, width] = y.shape;
  let left = dy;
  const parts = placesOf(geometry).map((place) => {
    const part = tf.mul<tf.Tensor4D>(left, tf.equal(seenFrom(grids, place, y.shape), y));
    left = tf.sub(left, part);
    const vertical: [number, number] = [place.down, rows - height - place.down];
    const horizontal: [number, number] = [place.right, columns - width - place.right];
    return { grid: place.grid, part: tf.pad(part, [[0, 0], vertical, horizontal, [0, 0]]) };
  });
  const sums = grids.map((grid, number) => {
    const own = parts.filter((part) => part.grid === number).map(({ part }) => part);
    return own.length > 0 ? tf.addN(own) : tf.zerosLike(grid);
  });
  return interleave(sums, geometry.stride, x.shape);
}

const placesOf = ({ kernel, stride }: PoolGeometry): Place[] =>
  Array.from({ length: kernel * kernel }, (_, position) => {
    const row = Math.floor(position / kernel);
    const column = position % kernel;
    const grid = (row % stride) * stride + (column % stride);
    return { grid, down: Math.floor(row / stride), right: Math.floor(column / stride) };
  });

/** What each window sees at one place. */
const seenFrom = (
  grids: readonly tf.Tensor4D[],
  { grid, down, right }: Place,
  [n, height, width, channels]: tf.Tensor4D["shape"],
): tf.Tensor4D => tf.slice(grids[grid], [0, down, right, 0], [n, height, width, channels]);

/** float32 [N, H, W, C] -> stride^2 grids [N, ceil(H / stride), ceil(W / stride), C]; beyond x they hold zeros. */
function gridsOf(x: tf.Tensor4D, stride: number): tf.Tensor4D[] {
  const [n, height, width, channels] = x.shape;
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const whole = tf.pad(x, [
    [0, 0],
    [0, rows * stride - height],
    [0, columns * stride - width],
    [0, 0],
  ]);
  const cells = tf.reshape(whole, [n * rows, stride, columns, stride * channels]) as tf.Tensor4D;
  return Array.from({ length: stride * stride }, (_, grid) => {
    const start: [number, number, number, number] = [
      0,
      Math.floor(grid / stride),
      0,
      (grid % stride) * channels,
    ];
    return tf.reshape(tf.slice(cells, start, [-1, 1, -1, channels]), [n, rows, columns, channels]);
  });
}

/** Undoes `gridsOf`. */
function interleave(grids: readonly tf.Tensor4D[], stride: number, shape: tf.Tensor4D["shape"]): tf.Tensor4D {
  const [n, height, width, channels] = shape;
  const [, rows, columns] = grids[0].shape;
  const lines = Array.from({ length: stride }, (_, row) => {
    const ofLine = grids.slice(row * stride, (row + 1) * stride);
    return tf.reshape(tf.concat(ofLine, 3), [n, rows, 1, columns * stride * channels]) as tf.Tensor4D;
  });
  const whole = tf.reshape(tf.concat(lines, 2), [n, rows * stride, columns * stride, channels]);
  return tf.slice(whole as tf.Tensor4D, [0, 0, 0, 0], [n, height, width, channels]);
}
