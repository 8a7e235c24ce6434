import type { tf } from "../../tf.js";
import { productWgsl } from "./product.wgsl.js";
import { dispatchInfos } from "./shader.js";
import { sumPartsInfo } from "./sum-parts.js";
import { groupsOf, mostGroups, partsFor, tileFor } from "./tiles.js";

/** The product of two stacks of matrices, one of which may be a single one. */
export interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** How many matrices each operand is. */
  readonly matrices: readonly [a: number, b: number];
  /** Whether an operand is stored as [depth, rows], or [columns, depth]. */
  readonly transposed: readonly [a: boolean, b: boolean];
}

/** What a shape leads to; undefined where the grid would be too large for it, or nothing is to be done. */
function planFor({ rows, columns, depth, matrices: [ofA, ofB] }: ProductShape) {
  const pairs = Math.max(ofA, ofB);
  const parts = partsFor(rows, columns, depth, pairs);
  const tile = tileFor(rows, columns, parts * pairs);
  const [across, down] = groupsOf(tile, rows, columns);
  const fits = Math.max(across, down, parts * pairs) <= mostGroups;
  const isStack = [ofA, ofB].every((count) => count === 1 || count === pairs);
  if (!fits || !isStack || rows * columns * depth * pairs === 0) return undefined;
  return { pairs, parts, tile, workgroups: [across, down, parts * pairs] as const };
}

/**
 * @param a float32 [matrices, rows, depth], or [matrices, depth, rows]
 * @param b float32 [matrices, depth, columns], or [matrices, columns, depth]
 * @param outputShape of [matrices, rows, columns]
 * @returns undefined where it is not for this kernel
 */
export function product(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  shape: ProductShape,
  outputShape: readonly number[],
): tf.TensorInfo | undefined {
  const plan = planFor(shape);
  if (!plan) return undefined;
  const { rows, columns, depth, matrices, transposed } = shape;
  const { pairs, parts, tile, workgroups } = plan;
  const constants = {
    ...tile,
    A_ALONG_DEPTH: Number(!transposed[0]),
    B_ALONG_DEPTH: Number(transposed[1]),
  };
  const stepA = matrices[0] === 1 ? 0 : rows * depth;
  const stepB = matrices[1] === 1 ? 0 : depth * columns;
  const [sums] = dispatchInfos(
    { label: "product", wgsl: productWgsl, constants },
    {
      inputs: [a, b],
      outputs: [parts === 1 ? outputShape : [parts, ...outputShape]],
      uniforms: Int32Array.of(rows, columns, depth, pairs, parts, stepA, stepB),
      workgroups,
    },
  );
  return parts === 1 ? sums : sumPartsInfo(sums, outputShape);
}
