import { tf } from "../engine/tf.js";
import { fromPytorchLayout, tensorShape, toPytorchLayout } from "../nn/layout.js";
import type { Model } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";
import type { EntryDifferences } from "./batch-differences.js";

export interface FeatureMaxima {
  /** float32 [stateSize], max over batches of |U_sus - U_clean2| */
  readonly suspect: Float32Array;
  /** float32 [stateSize], max over batches of |U_clean1 - U_clean2| */
  readonly clean: Float32Array;
}

/** Per feature, the largest difference over an epoch's batches. Stays on the device until it is read. */
export class RunningMaxima {
  readonly #model: Model;
  readonly #maxima = new Map<StateEntry, EntryDifferences>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** The maxima as `read` gave them. */
  static from(model: Model, { suspect, clean }: FeatureMaxima): RunningMaxima {
    const maxima = new RunningMaxima(model);
    for (const entry of model.entries) {
      if (entry.kind === "alias") continue;
      const offset = model.offsets.get(entry) ?? 0;
      const tensorOf = (values: Float32Array) => {
        const data = fromPytorchLayout(entry.shape, values.subarray(offset, offset + entry.size));
        return tf.tensor(data, tensorShape(entry.shape), "float32");
      };
      maxima.#maxima.set(entry, { suspect: tensorOf(suspect), clean: tensorOf(clean) });
    }
    return maxima;
  }

  /** Takes over the tensors. */
  add(differences: ReadonlyMap<StateEntry, EntryDifferences>): void {
    for (const [entry, fresh] of differences) {
      const held = this.#maxima.get(entry);
      if (!held) {
        this.#maxima.set(entry, fresh);
        continue;
      }
      const suspect = tf.maximum(held.suspect, fresh.suspect);
      const clean = tf.maximum(held.clean, fresh.clean);
      tf.dispose([held.suspect, held.clean, fresh.suspect, fresh.clean]);
      this.#maxima.set(entry, { suspect, clean });
    }
  }

  /** The maxima over the flattened state; 0 where nothing moved. */
  async read(): Promise<FeatureMaxima> {
    const suspect = new Float32Array(this.#model.stateSize);
    const clean = new Float32Array(this.#model.stateSize);
    const { entries, offsets } = this.#model;
    for (const [entry, held] of this.#maxima) {
      const offset = offsets.get(entry) ?? 0;
      suspect.set(toPytorchLayout(entry.shape, await held.suspect.data()), offset);
      clean.set(toPytorchLayout(entry.shape, await held.clean.data()), offset);
    }
    for (const alias of entries.filter(({ kind }) => kind === "alias")) {
      const from = offsets.get(alias.original) ?? 0;
      for (const maxima of [suspect, clean])
        maxima.copyWithin(offsets.get(alias) ?? 0, from, from + alias.size);
    }
    return { suspect, clean };
  }

  dispose(): void {
    for (const { suspect, clean } of this.#maxima.values()) tf.dispose([suspect, clean]);
    this.#maxima.clear();
  }
}
