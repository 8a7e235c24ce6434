import type { tf } from "../engine/tf.js";
import type { GateTape } from "./gate-tape.js";
import type { StateEntry } from "./state-entry.js";

/** How a forward pass is made. */
export interface Pass {
  /** true: batch norm uses batch statistics and dropout is on; false: running statistics, no dropout. */
  readonly training: boolean;
  /** In training: normalise over the whole batch, or every sample by itself as if it were a batch of one. */
  readonly statistics: "batch" | "sample";
  /** Keep what the backward pass needs. */
  readonly record: boolean;
  /**
   * The parameters whose gradients will be asked for, when the input's will not be: what lies below the lowest of them is
   * not kept. Without it all is kept.
   */
  readonly wanted?: (entry: StateEntry) => boolean;
  /** Told each batch norm's statistics, mean and unbiased variance ([C], or [N, C] per sample); borrows them. */
  readonly onStatistics?: (mean: StateEntry, variance: StateEntry, statistics: Statistics) => void;
  /** Shown each named stage's output (see `stage`), from the input on; borrows it. */
  readonly onStage?: (name: string, output: tf.Tensor) => void;
  /** What goes on in place of a named stage's output, which it borrows; for passes without `record`. */
  readonly changeStage?: (output: tf.Tensor) => tf.Tensor;
  /** Seed of this pass's dropout masks, an integer. */
  readonly dropoutSeed?: number;
  /** [N], what tells the rows' dropout masks apart, such as sample ids; the row numbers by default. */
  readonly dropoutRows?: ArrayLike<number>;
  /** Records which units are open, or fixes it. */
  readonly gates?: GateTape;
}

export interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** Says which gradients are wanted and takes them. */
export interface GradientSink {
  /** batch: gradient of the loss as given; sample: one gradient a sample, at chosen elements only. */
  readonly mode: "batch" | "sample";
  wants(entry: StateEntry): boolean;
  /** Elements wanted of `entry` (tfjs layout), mode "sample" only. */
  elements(entry: StateEntry): Int32Array;
  /** Takes over `gradient`: the entry's own shape, or float32 [N, elements] in mode "sample". */
  put(entry: StateEntry, gradient: tf.Tensor): void;
}

/**
 * One layer's part of a forward pass. It owns `output` and what it saved, never its input: whoever runs layers in a
 * row keeps an input alive while `needsInput` says so.
 */
export interface Recorded {
  readonly output: tf.Tensor;
  /** Whether `backward` reads this layer's input. */
  readonly needsInput: boolean;
  /** Whether `backward` reads this layer's output. */
  readonly needsOutput: boolean;
  /**
   * @param dy d loss / d output; borrowed
   * @returns d loss / d input, owned by the caller; undefined when `needInputGradient` is false
   */
  backward(dy: tf.Tensor, sink: GradientSink, needInputGradient: boolean): tf.Tensor | undefined;
  /** May be called twice. */
  dispose(): void;
}

export interface Layer {
  /** Parameters and buffers in PyTorch's state-dict order, with their full names. */
  readonly entries: readonly StateEntry[];
  /** Borrows x. */
  forward(x: tf.Tensor, pass: Pass): Recorded;
}

/** Whether the sink wants anything of these entries. */
export const wantsAny = (sink: GradientSink, entries: readonly StateEntry[]): boolean =>
  entries.some((entry) => sink.wants(entry));
