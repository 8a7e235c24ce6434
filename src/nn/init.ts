import seedrandom from "seedrandom";
import type { Rng } from "../random/rng.js";
import type { StateEntry } from "./state-entry.js";

/**
 * PyTorch's default initialisation: uniform in ±1/sqrt(fan_in) for convolution and linear weights (Kaiming with
 * a = sqrt 5) and their biases, batch and layer norm weight 1 and bias 0, running mean 0 and variance 1. Tokens and
 * positions [1, T, width], for which PyTorch has no default, are normal with the usual deviation. Each entry draws from
 * a stream of its own name.
 */
export function initialise(entries: readonly StateEntry[], rng: Rng): void {
  let fanIn = 0;
  for (const entry of entries) {
    if (entry.kind === "alias") continue;
    if (entry.shape.length === 3) {
      const stream = rng.fork(entry.name);
      entry.load(Float32Array.from({ length: entry.size }, () => tokenDeviation * stream.normal()));
      continue;
    }
    if (entry.shape.length >= 2) fanIn = entry.size / entry.shape[0];
    else if (entry.name.endsWith(".weight")) fanIn = 0;
    entry.load(initialValues(entry, fanIn, rng));
  }
}

/** Standard deviation of a fresh class token or position; Touvron et al., DeiT, 2020. */
const tokenDeviation = 0.02;

/** @param fanIn of the weight a bias belongs to; 0 in a normalisation layer */
function initialValues(entry: StateEntry, fanIn: number, rng: Rng): Float32Array {
  const values = new Float32Array(entry.size);
  const isNorm = fanIn === 0;
  if (entry.kind === "counter") return values;
  if (entry.kind === "buffer") return entry.name.endsWith("running_var") ? values.fill(1) : values;
  if (isNorm) return entry.name.endsWith(".weight") ? values.fill(1) : values;
  const bound = 1 / Math.sqrt(fanIn);
  // The run's streams are too slow for millions of draws; they seed a faster one.
  const next = seedrandom.alea(String(rng.fork(entry.name).seed()));
  for (let i = 0; i < values.length; i++) values[i] = (2 * next() - 1) * bound;
  return values;
}
