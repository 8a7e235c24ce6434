import type { tf } from "../../tf.js";

/**
 * How a buffer holds the numbers of a tensor that tfjs takes for float32:
 * - float32
 * - float16: activations
 * - scaled float16: gradients, times `gradientScale`; one beyond what float16 reaches counts as the last it reaches
 */
export type Storage = "float32" | "float16" | "scaled float16";

/**
 * A power of two, so that it costs no digits. Gradients of a mean over a batch are small: with it they have all of float16's
 * digits from 1.9e-9 on and some from 1.8e-12, up to 2 (what networks have: `npm run bench -- gradient-range`).
 */
export const gradientScale = 2 ** 15;
const largest = 65504;

const halves = new WeakMap<object, Storage>();
let isMixed = false;

/** From now on kernels may leave float16 where their caller allows it. */
export function useMixedPrecision(mixed: boolean): void {
  isMixed = mixed;
}

export const storageOf = ({ dataId }: { readonly dataId: object }): Storage =>
  halves.get(dataId) ?? "float32";

export function keepStorage({ dataId }: { readonly dataId: object }, storage: Storage): void {
  if (storage === "float32") halves.delete(dataId);
  else halves.set(dataId, storage);
}

/** Of activations that a convolution of this process makes. */
export const activationStorage = (shape: readonly number[]): Storage =>
  isMixed ? halfOf(shape, "float16") : "float32";

/** Of the gradient that belongs to a tensor, or follows from another gradient: in half where that is. */
export const gradientStorage = (of: tf.TensorInfo, shape: readonly number[]): Storage =>
  storageOf(of) === "float32" ? "float32" : halfOf(shape, "scaled float16");

/** WebGPU binds whole words. */
const halfOf = (shape: readonly number[], half: Storage): Storage =>
  shape.reduce((a, b) => a * b, 1) % 2 === 0 ? half : "float32";

export const bytesPerElement = (storage: Storage): number => (storage === "float32" ? 4 : 2);

/** WGSL: what a buffer is an array of. */
export const elementType = (storage: Storage): string => (storage === "float32" ? "f32" : "f16");

/** WGSL: an element as f32. */
export function read(buffer: string, place: string, storage: Storage): string {
  const element = `${buffer}[${place}]`;
  if (storage === "float32") return element;
  return storage === "float16" ? `f32(${element})` : `(f32(${element}) * ${1 / gradientScale})`;
}

/** WGSL: a statement that stores an f32. */
export function write(buffer: string, place: string, value: string, storage: Storage): string {
  if (storage === "float32") return `${buffer}[${place}] = ${value};`;
  if (storage === "float16") return `${buffer}[${place}] = f16(${value});`;
  return `${buffer}[${place}] = f16(clamp((${value}) * ${gradientScale}, -${largest}, ${largest}));`;
}
