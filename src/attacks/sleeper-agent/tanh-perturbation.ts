import { tf } from "../../engine/tf.js";
import type { StateDict } from "../../store/state-dict.js";

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
/** Of the start, as a share of eps. */
const startDeviation = 1e-4;

interface PerturbationOptions {
  /** Largest change of a pixel, in [0, 1] units. */
  readonly eps: number;
  /** Of the random start. */
  readonly seed: number;
}

/**
 * A change of some images that can never leave the L-infinity ball: x + eps * tanh(E), clipped to [0, 1]. E is moved by
 * Adam on the signs of a gradient. Dispose it.
 */
export class TanhPerturbation {
  /** float32 [N, H, W, C] in [0, 1] */
  readonly #source: tf.Tensor4D;
  readonly #eps: number;
  #variable: tf.Tensor4D;
  #first: tf.Tensor4D;
  #second: tf.Tensor4D;
  #steps = 0;

  /** @param source float32 [N, H, W, C] in [0, 1]; taken over */
  constructor(source: tf.Tensor4D, { eps, seed }: PerturbationOptions) {
    this.#source = source;
    this.#eps = eps;
    this.#variable = tf.randomNormal(source.shape, 0, startDeviation * eps, "float32", seed);
    this.#first = tf.zerosLike(source);
    this.#second = tf.zerosLike(source);
  }

  /** The changed images: float32 [N, H, W, C] in [0, 1], owned by the caller. */
  images(): tf.Tensor4D {
    return tf.tidy(() => tf.clipByValue(this.#shifted(), 0, 1));
  }

  /**
   * One Adam step down a loss, whose gradient counts by its sign alone, and not where an image is clipped.
   * @param dImages float32 [N, H, W, C], d loss / d images; borrowed
   */
  step(dImages: tf.Tensor4D, rate: number): void {
    this.#steps++;
    const correction1 = 1 - beta1 ** this.#steps;
    const correction2 = 1 - beta2 ** this.#steps;
    const [first, second, variable] = tf.tidy(() => {
      const isInside = tf.lessEqual(tf.abs(tf.sub(this.#shifted(), 0.5)), 0.5);
      const sign = tf.mul(tf.sign(dImages), tf.cast(isInside, "float32"));
      const first = tf.add<tf.Tensor4D>(tf.mul(this.#first, beta1), tf.mul(sign, 1 - beta1));
      const second = tf.add<tf.Tensor4D>(tf.mul(this.#second, beta2), tf.mul(tf.square(sign), 1 - beta2));
      const scale = tf.add(tf.sqrt(tf.div(second, correction2)), epsilon);
      const change = tf.div(tf.mul(first, rate / correction1), scale);
      return [first, second, tf.sub<tf.Tensor4D>(this.#variable, change)];
    });
    tf.dispose([this.#first, this.#second, this.#variable]);
    this.#first = first;
    this.#second = second;
    this.#variable = variable;
  }

  /** How many steps were made. */
  get steps(): number {
    return this.#steps;
  }

  /** All it takes to go on from here, but the source. */
  async stateDict(): Promise<StateDict> {
    const state: StateDict = new Map([["steps", { shape: [], data: Float32Array.of(this.#steps) }]]);
    const tensors = { variable: this.#variable, first: this.#first, second: this.#second };
    for (const [name, tensor] of Object.entries(tensors)) {
      // The engine may hand out its own memory.
      state.set(name, { shape: [...tensor.shape], data: Float32Array.from(await tensor.data()) });
    }
    return state;
  }

  /** @throws when it is of other images */
  loadStateDict(state: StateDict): void {
    const load = (name: string): tf.Tensor4D => {
      const saved = state.get(name);
      if (`${saved?.shape}` !== `${this.#source.shape}`) throw new Error(`its ${name} is of other images`);
      return tf.tensor4d(saved?.data ?? new Float32Array(), this.#source.shape);
    };
    const loaded = ["variable", "first", "second"].map(load);
    tf.dispose([this.#variable, this.#first, this.#second]);
    [this.#variable, this.#first, this.#second] = loaded;
    this.#steps = state.get("steps")?.data[0] ?? 0;
  }

  #shifted(): tf.Tensor4D {
    return tf.add(this.#source, tf.mul(tf.tanh(this.#variable), this.#eps));
  }

  dispose(): void {
    tf.dispose([this.#source, this.#first, this.#second, this.#variable]);
  }
}
