/** Where the next piece may begin: float64 wants multiples of 8. */
export const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** The bytes of a memory that threads share. @throws Error when it is one thread's own */
export function sharedBytes({ buffer }: WebAssembly.Memory): SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new Error("A forest's memory has to be shared.");
}

/** A thread's own part of a memory. */
export interface Scratch {
  readonly memory: WebAssembly.Memory;
  /** Bytes. */
  readonly start: number;
  readonly size: number;
}

/** Hands out pieces of a scratch, one after the other; their first contents are whatever was there. */
export class ScratchPieces {
  readonly #scratch: Scratch;
  #next: number;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
    this.#next = scratch.start;
  }

  int32(length: number): Int32Array<SharedArrayBuffer> {
    return new Int32Array(this.#buffer(), this.#take(4 * length), length);
  }

  uint32(length: number): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.#buffer(), this.#take(4 * length), length);
  }

  float32(length: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.#buffer(), this.#take(4 * length), length);
  }

  uint8(length: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#buffer(), this.#take(length), length);
  }

  float64(length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.#buffer(), this.#take(8 * length), length);
  }

  #buffer(): SharedArrayBuffer {
    return sharedBytes(this.#scratch.memory);
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next += aligned(bytes);
    if (this.#next > this.#scratch.start + this.#scratch.size)
      throw new Error(`A thread's ${this.#scratch.size} bytes of working memory are too few.`);
    return at;
  }
}
