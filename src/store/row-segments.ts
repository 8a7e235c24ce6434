import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ArrayOrigin } from "./manifest.js";
import { type IncrementRows, readSampleLevel, SampleLevelWriter } from "./provenance-store.js";

/**
 * Captured rows on their way to the provenance store. What `flush` has put on disk survives the process: a capture that goes
 * on keeps as many segments as its progress file counts, and `finish` joins all into one store.
 */
export class RowSegments {
  readonly #folder: string;
  readonly #features: Int32Array;
  readonly #origin: ArrayOrigin;
  #count: number;
  #open: SampleLevelWriter | undefined;

  private constructor(folder: string, features: Int32Array, origin: ArrayOrigin, count: number) {
    this.#folder = folder;
    this.#features = features;
    this.#origin = origin;
    this.#count = count;
  }

  /**
   * @param folder of the segments
   * @param features int32 [numFeatures], the columns of every row
   * @param count segments to keep; later ones, flushed after the progress was saved, will be captured again
   */
  static async open(
    folder: string,
    features: Int32Array,
    origin: ArrayOrigin,
    count: number,
  ): Promise<RowSegments> {
    if (count === 0) await rm(folder, { recursive: true, force: true });
    return new RowSegments(folder, features, origin, count);
  }

  async append(kind: "suspects" | "clean", rows: IncrementRows): Promise<void> {
    this.#open ??= await SampleLevelWriter.create(this.#segment(this.#count), this.#features);
    await this.#open.append(kind, rows);
  }

  /** Puts the rows added since the last time on disk. @returns the number of segments there */
  async flush(): Promise<number> {
    if (this.#open) {
      await this.#open.finish(this.#origin);
      this.#open = undefined;
      this.#count++;
    }
    return this.#count;
  }

  /** Writes all rows to the store at `target`, in the order in which they were added. */
  async finish(target: string): Promise<void> {
    await this.flush();
    const writer = await SampleLevelWriter.create(target, this.#features);
    try {
      for (let i = 0; i < this.#count; i++) {
        const { suspects, clean } = await readSampleLevel(this.#segment(i));
        await writer.append("suspects", suspects);
        await writer.append("clean", clean);
      }
      await writer.finish(this.#origin);
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** Removes all segments. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Gives up the rows that are not flushed. */
  async close(): Promise<void> {
    await this.#open?.discard();
    this.#open = undefined;
  }

  #segment(number: number): string {
    return join(this.#folder, `segment-${String(number).padStart(5, "0")}.zarr`);
  }
}
