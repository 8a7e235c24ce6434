import { tf } from "../engine/tf.js";
import { fromPytorchLayout, tensorShape } from "./layout.js";

/**
 * - parameter: trained by an optimizer
 * - buffer: running statistics
 * - counter: batches seen by a batch norm, an int64 scalar in PyTorch
 * - alias: another name of an earlier entry; it has a place of its own in the flattened state, but no value
 */
export type EntryKind = "parameter" | "buffer" | "counter" | "alias";

/** One named array of a model's state, in PyTorch's name and shape, held as a tensor in tfjs's layout. */
export class StateEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** PyTorch's shape: convolution [out, in, kh, kw], linear [out, in], others as they are. */
  readonly shape: readonly number[];
  /** A parameter that is not trainable is frozen: no gradient, no decay, increment 0. */
  trainable = true;
  readonly #original: StateEntry | undefined;
  #value: tf.Tensor | undefined;

  constructor(name: string, kind: EntryKind, shape: readonly number[], original?: StateEntry) {
    this.name = name;
    this.kind = kind;
    this.shape = shape;
    this.#original = original;
  }

  /** Another name of this entry. */
  alias(name: string): StateEntry {
    return new StateEntry(name, "alias", this.shape, this);
  }

  /** The entry that holds the value: itself, unless it is an alias. */
  get original(): StateEntry {
    return this.#original ?? this;
  }

  /** Whether an optimizer moves it. */
  get isTrained(): boolean {
    return this.kind === "parameter" && this.trainable;
  }

  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /** float32, tfjs layout: convolution [kh, kw, in, out], linear [in, out]. */
  get value(): tf.Tensor {
    if (this.#value === undefined) throw new Error(`${this.name} holds no value (model disposed?).`);
    return this.#value;
  }

  /** Takes over `value` and disposes what was held before. */
  set value(value: tf.Tensor) {
    if (value === this.#value) return;
    this.#value?.dispose();
    this.#value = tf.keep(value);
  }

  /** @param data float32, PyTorch's layout, C order */
  load(data: ArrayLike<number>): void {
    if (data.length !== this.size)
      throw new Error(`${this.name}: ${data.length} values for [${this.shape}], ${this.size} expected.`);
    this.value = tf.tensor(fromPytorchLayout(this.shape, data), tensorShape(this.shape), "float32");
  }

  dispose(): void {
    this.#value?.dispose();
    this.#value = undefined;
  }
}
