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
  /** Where they lie when not one after the other. */
  readonly places?: Places;
}

/** Pair number outer * `inner` + i of matrices begins at outer * its `outer` + i * its `inner`. */
interface Places {
  readonly inner: number;
  readonly a: Place;
  readonly b: Place;
  readonly c: Place;
}

interface Place {
  /** From one row, as stored, to the next. */
  readonly stride: number;
  readonly outer: number;
  readonly inner: number;
}

/** One matrix after the other; a single one serves all pairs. */
function dense({ rows, columns, depth, matrices: [ofA, ofB], transposed }: ProductShape): Places {
  return {
    inner: 1,
    a: { stride: transposed[0] ? rows : depth, outer: ofA === 1 ? 0 : rows * depth, inner: 0 },
    b: { stride: transposed[1] ? depth : columns, outer: ofB === 1 ? 0 : depth * columns, inner: 0 },
    c: { stride: columns, outer: rows * columns, inner: 0 },
  };
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
 * @param bias float32 [columns], added to every row
 * @returns undefined where it is not for this kernel
 */
export function product(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  shape: ProductShape,
  outputShape: readonly number[],
  bias?: tf.TensorInfo,
): tf.TensorInfo | undefined {
  const plan = planFor(shape);
  if (!plan) return undefined;
  const { rows, columns, depth, transposed } = shape;
  const { pairs, parts, tile, workgroups } = plan;
  const constants = {
    ...tile,
    A_ALONG_DEPTH: Number(!transposed[0]),
    B_ALONG_DEPTH: Number(transposed[1]),
  };
  const { inner, ...places } = shape.places ?? dense(shape);
  const placed = [places.a, places.b, places.c].flatMap(({ stride, outer, inner }) => [stride, outer, inner]);
  const atOnce = parts === 1 ? bias : undefined;
  const [sums] = dispatchInfos(
    { label: "product", wgsl: productWgsl(atOnce !== undefined), constants },
    {
      inputs: atOnce ? [a, b, atOnce] : [a, b],
      outputs: [parts === 1 ? outputShape : [parts, ...outputShape]],
      uniforms: Int32Array.of(rows, columns, depth, pairs, parts, inner, ...placed),
      workgroups,
    },
  );
  return parts === 1 ? sums : sumPartsInfo(sums, outputShape, bias);
}
