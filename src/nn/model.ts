import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import { RunError } from "../errors.js";
import type { Rng } from "../random/rng.js";
import type { StateDict } from "../store/state-dict.js";
import { initialise } from "./init.js";
import type { Layer, Pass, Recorded } from "./layer.js";
import { toPytorchLayout } from "./layout.js";
import { sequential } from "./sequential.js";
import type { StateEntry } from "./state-entry.js";
import { unusableNumber } from "./unusable-number.js";

/** A classifier's two parts. */
export interface Network {
  /** float32 [N, H, W, C] -> features [N, F] */
  readonly body: Layer;
  /** [N, F] -> logits [N, numClasses]; what fine-tuning a head trains */
  readonly head: Layer;
}

/** Height, width, channels of one input image. */
export type InputShape = readonly [number, number, number];

/**
 * A network with its weights. The flattened state is the concatenation of all entries in state-dict order, each in
 * PyTorch's layout: element k here is element k there.
 */
export class Model {
  readonly name: string;
  readonly inputShape: InputShape;
  readonly numClasses: number;
  readonly entries: readonly StateEntry[];
  /** Offset of each entry in the flattened state. */
  readonly offsets: ReadonlyMap<StateEntry, number>;
  /** Length of the flattened state, buffers and counters included. */
  readonly stateSize: number;
  readonly #body: Layer;
  readonly #head: Layer;
  readonly #whole: Layer;

  constructor(name: string, inputShape: InputShape, numClasses: number, { body, head }: Network) {
    this.name = name;
    this.inputShape = inputShape;
    this.numClasses = numClasses;
    this.#body = body;
    this.#head = head;
    this.#whole = sequential([body, head]);
    this.entries = this.#whole.entries;
    const offsets = new Map<StateEntry, number>();
    let size = 0;
    for (const entry of this.entries) {
      offsets.set(entry, size);
      size += entry.size;
    }
    this.offsets = offsets;
    this.stateSize = size;
  }

  /** What an optimizer trains, in PyTorch's order. */
  get trainable(): StateEntry[] {
    return this.entries.filter((entry) => entry.isTrained);
  }

  /** @param x float32 [N, H, W, C], normalised; borrowed */
  forward(x: tf.Tensor4D, pass: Pass): Recorded {
    return this.#whole.forward(x, pass);
  }

  /** What the head sees. @param x float32 [N, H, W, C], normalised; borrowed */
  features(x: tf.Tensor4D, pass: Pass): Recorded {
    return this.#body.forward(x, pass);
  }

  /** What the head makes of features. @param x float32 [N, F]; borrowed */
  classify(x: tf.Tensor, pass: Pass): Recorded {
    return this.#head.forward(x, pass);
  }

  /** Freezes all but the head: training then moves the head alone. */
  freezeBody(): void {
    for (const entry of this.#body.entries) entry.trainable = false;
  }

  /** Gives the head fresh weights, PyTorch's default ones. */
  resetHead(rng: Rng): void {
    initialise(this.#head.entries, rng);
  }

  /** The head's parameters. */
  get headEntries(): readonly StateEntry[] {
    return this.#head.entries;
  }

  /** Logits in evaluation mode. @returns float32 [N, numClasses], owned by the caller */
  predict(x: tf.Tensor4D): tf.Tensor2D {
    const recorded = this.forward(x, { training: false, statistics: "batch", record: false });
    return recorded.output as tf.Tensor2D;
  }

  /** A copy of the state, in PyTorch's names, order and layout. */
  async stateDict(): Promise<StateDict> {
    const state: StateDict = new Map();
    for (const { name, shape, original } of this.entries) {
      const data = toPytorchLayout(shape, await original.value.data());
      const dtype = original.kind === "counter" ? "int64" : "float32";
      state.set(name, { shape: [...shape], data, dtype });
    }
    return state;
  }

  /**
   * Takes over a state that may come from anywhere.
   * @throws Error naming what is missing, left over or of another shape; RunError for a number that no network can compute
   * with. The model is then as it was
   */
  loadStateDict(state: ReadonlyMap<string, { shape: readonly number[]; data: ArrayLike<number> }>): void {
    const problems: string[] = [];
    for (const entry of this.entries) {
      const found = state.get(entry.name);
      if (!found) problems.push(`${entry.name} is missing`);
      else if (`${found.shape}` !== `${entry.shape}` || found.data.length !== entry.size)
        problems.push(`${entry.name} is [${found.shape}] instead of [${entry.shape}]`);
      else if (entry.kind === "alias" && !sameValues(found.data, state.get(entry.original.name)?.data))
        problems.push(`${entry.name} differs from ${entry.original.name}, whose other name it is`);
    }
    const known = new Set(this.entries.map((entry) => entry.name));
    for (const name of state.keys()) if (!known.has(name)) problems.push(`${name} is unknown`);
    if (problems.length > 0) {
      const shown = problems.slice(0, 3).join("; ");
      const more = problems.length > 3 ? `; and ${problems.length - 3} more` : "";
      throw new Error(
        `The state does not fit ${this.name} with ${this.numClasses} classes: ${shown}${more}.`,
      );
    }
    for (const entry of this.entries) {
      const problem = unusableNumber(entry, state.get(entry.name)?.data ?? []);
      if (problem !== undefined)
        throw new RunError(`${problem}, which no network can compute with.`, divergedHint);
    }
    for (const entry of this.entries) {
      const found = state.get(entry.name);
      if (found && entry.kind !== "alias") entry.load(found.data);
    }
  }

  /** Takes a batch's statistics into the running ones: 0.9 * old + 0.1 * batch. */
  updateRunning(statistics: ReadonlyMap<StateEntry, tf.Tensor>): void {
    const entries = [...statistics.keys()];
    const pairs = [...statistics].map(([{ value }, batch]) => [value, batch] as const);
    for (const [k, value] of kernels().blend(pairs, runningMomentum).entries()) entries[k].value = value;
  }

  /** Counts one batch in every batch norm's `num_batches_tracked`. */
  countBatch(): void {
    for (const entry of this.entries) {
      if (entry.kind === "counter") entry.value = tf.tidy(() => tf.add(entry.value, 1));
    }
  }

  dispose(): void {
    for (const entry of this.entries) entry.dispose();
  }
}

function sameValues(a: ArrayLike<number>, b: ArrayLike<number> | undefined): boolean {
  if (a.length !== b?.length) return false;
  // Object.is: a NaN, which is refused as such, is the same under both names.
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

const divergedHint =
  "A training that diverged leaves such numbers: take weights from before, or a smaller learning rate.";

/** PyTorch's batch norm momentum: the weight of a new batch in the running statistics. */
export const runningMomentum = 0.1;
