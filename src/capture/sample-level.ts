import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import { type SampleIncrementOptions, sampleIncrementTensor } from "../provenance/sample-increments.js";
import type { IncrementRows } from "../store/provenance-store.js";
import { type CapturedBatch, type CaptureInput, captureLoop, disposeBatch } from "./capture-loop.js";

/** Samples that go through the network together; more would need more memory and gain nothing. */
const captureBatchSize = 64;

/** Where the rows of one suspicion go, piece by piece. */
export interface RowSink {
  append(kind: "suspects" | "clean", rows: IncrementRows): Promise<void>;
  /** Makes what was appended survive the process. @returns pieces so far */
  flush(): Promise<number>;
  /** Gives up the rows that are not flushed. */
  close(): Promise<void>;
  /** Removes all rows. */
  remove(): Promise<void>;
}

export interface SampleLevelInput<Sink extends RowSink> extends CaptureInput {
  /** int32 [numFeatures], indices into the flattened state: the columns of the rows, by suspicion */
  readonly features: readonly Int32Array[];
  /** @param pieces flushed pieces to keep; later ones are captured again */
  readonly openSink: (suspicion: number, pieces: number) => Promise<Sink>;
}

/**
 * Captures what each suspect and each clean reference sample does to the important features (method, section 4).
 * @returns the rows of each suspicion, for the caller to finish
 * @throws RunError when an increment is not finite, or no suspect moved anything
 */
export async function sampleLevel<Sink extends RowSink>(input: SampleLevelInput<Sink>): Promise<Sink[]> {
  const sinks: Sink[] = [];
  const moved = input.suspicions.map(() => false);
  try {
    await captureLoop(input, {
      async capture(batch) {
        const { suspicion, suspects, clean1, epoch } = batch;
        const rows = await captureBatch(batch, input.features[suspicion], input.surrogate);
        moved[suspicion] ||= rows.suspects.some((value) => value !== 0);
        const epochs = new Int32Array(suspects.length).fill(epoch);
        const sink = sinks[suspicion];
        await sink.append("suspects", { rows: rows.suspects, sampleIds: suspects, epochs });
        await sink.append("clean", { rows: rows.clean, sampleIds: clean1, epochs });
      },
      async save() {
        const pieces = new Float32Array(sinks.length);
        for (const [i, sink] of sinks.entries()) pieces[i] = await sink.flush();
        const array = (data: Float32Array) => ({ shape: [data.length], data });
        return new Map([
          ["pieces", array(pieces)],
          ["moved", array(Float32Array.from(moved, Number))],
        ]);
      },
      async restore(saved) {
        for (const i of input.suspicions.keys()) {
          moved[i] = saved?.get("moved")?.data[i] === 1;
          sinks.push(await input.openSink(i, saved?.get("pieces")?.data[i] ?? 0));
        }
      },
    });
    if (!moved.includes(true)) {
      throw new RunError(
        "No suspect moved any important feature.",
        "Check --lr and that the model is not frozen.",
      );
    }
    return sinks;
  } catch (error) {
    for (const sink of sinks) await sink.close();
    if (error instanceof RunError) {
      // It would end so again: a run with other flags should not find it in its way.
      await input.progress.remove();
      for (const sink of sinks) await sink.remove();
    }
    throw error;
  }
}

/** Rows of the batch's suspects and clean-1 samples, each minus the mean of clean-2: float32 [N, numFeatures]. */
async function captureBatch(
  { model, suspects, clean1, clean2, read, dropoutSeed }: CapturedBatch,
  features: Int32Array,
  surrogate: CaptureInput["surrogate"],
): Promise<{ suspects: Float32Array; clean: Float32Array }> {
  // All samples of the batch go through the network together: the weights are the same for all of them.
  const ids = Int32Array.from([...clean2, ...suspects, ...clean1]);
  const all = await increments(model, ids, read, features, { ...surrogate, dropoutSeed });
  const rowsOf = (from: number, count: number) =>
    all.slice(from * features.length, (from + count) * features.length);
  const baseline = meanRow(rowsOf(0, clean2.length), features.length);
  const rows = {
    suspects: rowsOf(clean2.length, suspects.length),
    clean: rowsOf(clean2.length + suspects.length, clean1.length),
  };
  for (const values of Object.values(rows)) subtract(values, baseline);
  return rows;
}

/** Subtracts the baseline from every row, in place. @throws RunError when a difference is not finite */
function subtract(rows: Float32Array, baseline: Float64Array): void {
  for (let i = 0; i < rows.length; i++) {
    rows[i] -= baseline[i % baseline.length];
    if (Number.isFinite(rows[i])) continue;
    throw new RunError("An increment is not a finite number: the model has diverged.", "Use a smaller --lr.");
  }
}

async function increments(
  model: Model,
  ids: Int32Array,
  read: CapturedBatch["read"],
  features: Int32Array,
  options: SampleIncrementOptions,
): Promise<Float32Array> {
  const result = new Float32Array(ids.length * features.length);
  for (let start = 0; start < ids.length; start += captureBatchSize) {
    const batch = read(ids.subarray(start, start + captureBatchSize));
    const { images, labels, sampleIds } = batch;
    const rows = sampleIncrementTensor(model, images, labels, features, { ...options, sampleIds });
    disposeBatch(batch);
    result.set(await rows.data(), start * features.length);
    rows.dispose();
  }
  return result;
}

/** float64 [length] */
function meanRow(rows: Float32Array, length: number): Float64Array {
  const mean = new Float64Array(length);
  for (let i = 0; i < rows.length; i++) mean[i % length] += rows[i];
  return mean.map((sum) => (sum * length) / rows.length);
}
