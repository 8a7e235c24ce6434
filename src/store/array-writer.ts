import * as zarr from "zarrita";
import type { FolderStore } from "./folder-store.js";
import type { ArrayDescription } from "./manifest.js";

/** A row is `rowLength` numbers; without it the array has one axis. */
export interface ArraySpec {
  readonly dtype: "float32" | "int32";
  readonly rowLength?: number;
  /** Rows held in memory and written as one file; default: about 4 MiB. */
  readonly rowsPerChunk?: number;
}

const chunkBytes = 4 * 1024 * 1024;

/** Writes one Zarr v3 array whose length is not known in advance; holds at most one chunk of it in memory. */
export class ArrayWriter {
  readonly #store: FolderStore;
  readonly #name: string;
  readonly #spec: ArraySpec;
  readonly #rowLength: number;
  readonly #rowsPerChunk: number;
  readonly #chunk: Float32Array | Int32Array;
  #filled = 0;
  #rowsWritten = 0;

  constructor(store: FolderStore, name: string, spec: ArraySpec) {
    this.#store = store;
    this.#name = name;
    this.#spec = spec;
    this.#rowLength = spec.rowLength ?? 1;
    if (this.#rowLength < 1) throw new Error(`Array "${name}" would have empty rows.`);
    this.#rowsPerChunk = spec.rowsPerChunk ?? Math.max(1, Math.floor(chunkBytes / 4 / this.#rowLength));
    const size = this.#rowsPerChunk * this.#rowLength;
    this.#chunk = spec.dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  }

  /** Adds whole rows. Await it before the next call. @param values of the array's dtype, [rows, rowLength] */
  async append(values: Float32Array | Int32Array): Promise<void> {
    if (values.length % this.#rowLength !== 0 || values.constructor !== this.#chunk.constructor) {
      const expected = `${this.#spec.dtype} rows of ${this.#rowLength}`;
      throw new Error(
        `Array "${this.#name}" takes ${expected}, got ${values.length} of ${values.constructor.name}.`,
      );
    }
    for (let start = 0; start < values.length; ) {
      const part = values.subarray(start, start + this.#chunk.length - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      start += part.length;
      // The last chunk waits for `finish`: only there is the array's length known.
      if (this.#filled === this.#chunk.length) await this.#flush(Number.MAX_SAFE_INTEGER, this.#rowsPerChunk);
    }
  }

  /** Writes what is left and the array's metadata. */
  async finish(): Promise<ArrayDescription> {
    const rows = this.#rowsWritten + this.#filled / this.#rowLength;
    // An array that fits one chunk is one file of just its size.
    const rowsPerChunk = this.#rowsWritten > 0 ? this.#rowsPerChunk : Math.max(1, rows);
    await this.#flush(rows, rowsPerChunk);
    const shape = this.#spec.rowLength === undefined ? [rows] : [rows, this.#rowLength];
    return { dtype: this.#spec.dtype, shape, rowsPerChunk };
  }

  /** Writes the rows held, as one chunk of an array of `totalRows`. */
  async #flush(totalRows: number, rowsPerChunk: number): Promise<void> {
    const rowAxes = this.#spec.rowLength === undefined ? [] : [this.#rowLength];
    const array = await zarr.create(zarr.root(this.#store).resolve(this.#name), {
      dtype: this.#spec.dtype,
      shape: [totalRows, ...rowAxes],
      chunkShape: [rowsPerChunk, ...rowAxes],
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      fillValue: 0,
    });
    if (this.#filled === 0) return;
    const rows = this.#filled / this.#rowLength;
    const selection = [zarr.slice(this.#rowsWritten, this.#rowsWritten + rows), ...rowAxes.map(() => null)];
    await zarr.set(array, selection, {
      data: this.#chunk.subarray(0, this.#filled),
      shape: [rows, ...rowAxes],
      stride: [this.#rowLength, ...rowAxes.map(() => 1)],
    });
    this.#rowsWritten += rows;
    this.#filled = 0;
  }
}
