import { tf } from "../engine/tf.js";

/**
 * The gates of a network's piecewise linear layers: which units a relu lets through, which position wins a max pool.
 * The first pass with a tape records them; after `rewind` further passes, on as many images and with any weights, take
 * them from the tape in the same order, so that the network is a smooth function of its weights. The tape must outlive
 * the backward passes.
 */
export class GateTape {
  readonly #gates: (readonly tf.Tensor[])[] = [];
  #next = 0;
  #recording = true;

  /** The next layer's gate, borrowed; undefined while recording. */
  next(): readonly tf.Tensor[] | undefined {
    if (this.#recording) return undefined;
    const gate = this.#gates[this.#next++];
    if (!gate) throw new Error(`The tape holds ${this.#gates.length} gates; rewind it before each pass.`);
    return gate;
  }

  /** Keeps what a layer needs to use its gate again; borrows the tensors. */
  record(gate: readonly tf.Tensor[]): void {
    if (!this.#recording) throw new Error("The tape is being used, not recorded.");
    this.#gates.push(gate.map((tensor) => tf.keep(tensor.clone())));
  }

  /** Ends the recording, and a use: the next pass starts at the first gate. */
  rewind(): void {
    this.#recording = false;
    this.#next = 0;
  }

  dispose(): void {
    for (const gate of this.#gates) tf.dispose([...gate]);
    this.#gates.length = 0;
  }
}
