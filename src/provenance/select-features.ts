import { RunError } from "../errors.js";
import type { FeatureMaxima } from "./running-maxima.js";

export interface FeatureSelection {
  /** float32 [stateSize], d = |m_sus - m_clean| */
  readonly differences: Float32Array;
  /** float32 [stateSize], z = (d - mean d) / std d, population std */
  readonly z: Float32Array;
  /** int32 [numFeatures], ascending: the features with |z| > k */
  readonly features: Int32Array;
}

/**
 * One epoch's important features (method: batch level).
 * @param k cut on |z|, the flag --k_1
 * @throws RunError when a maximum is not finite, or no suspect moved anything
 */
export function selectFeatures({ suspect, clean }: FeatureMaxima, k: number): FeatureSelection {
  const size = suspect.length;
  if (clean.length !== size) throw new Error(`${size} suspect maxima, ${clean.length} clean ones.`);
  const differences = new Float32Array(size);
  let sum = 0;
  for (let i = 0; i < size; i++) {
    differences[i] = Math.abs(suspect[i] - clean[i]);
    sum += differences[i];
  }
  if (!Number.isFinite(sum)) {
    throw new RunError("A difference is not a finite number: the model has diverged.", "Use a smaller --lr.");
  }
  if (suspect.every((largest) => largest === 0)) {
    throw new RunError(
      "No suspect moved any feature: all differences are 0.",
      "Check --lr and that the model is not frozen.",
    );
  }
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (differences[i] - mean) ** 2;
  const deviation = Math.sqrt(squares / size);
  const z = new Float32Array(size);
  const features: number[] = [];
  for (let i = 0; i < size; i++) {
    const score = deviation > 0 ? (differences[i] - mean) / deviation : 0;
    z[i] = score;
    if (Math.abs(score) > k) features.push(i);
  }
  return { differences, z, features: Int32Array.from(features) };
}

/** The features present in both ascending lists. */
export function intersectFeatures(a: Int32Array, b: Int32Array): Int32Array {
  const inB = new Set(b);
  return a.filter((feature) => inB.has(feature));
}

/** The `limit` features with the highest |z|, ascending. */
export function strongestFeatures(features: Int32Array, z: Float32Array, limit: number): Int32Array {
  const strongest = [...features].sort((a, b) => Math.abs(z[b]) - Math.abs(z[a]) || a - b).slice(0, limit);
  return Int32Array.from(strongest).sort();
}
