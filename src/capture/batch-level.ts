import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import { batchDifferenceTensors } from "../provenance/batch-differences.js";
import { RunningMaxima } from "../provenance/running-maxima.js";
import { type FeatureSelection, intersectFeatures, selectFeatures } from "../provenance/select-features.js";
import { groupOf, inGroup, type StateDict } from "../store/state-dict.js";
import { type CapturedBatch, type CaptureInput, captureLoop, disposeBatch } from "./capture-loop.js";

export interface BatchLevelInput extends CaptureInput {
  /** A feature is important in an epoch when its |z| is above this. */
  readonly k: number;
}

/** What batch level finds for one suspicion. */
export interface ImportantFeatures {
  /** int32, ascending: the features that are important in every epoch */
  readonly features: Int32Array;
  /** Of the last epoch. */
  readonly last: FeatureSelection;
}

/**
 * Finds the features that suspects move unlike clean samples (method, section 3).
 * @returns one result a suspicion, in their order
 * @throws RunError when no feature is left for any of them
 */
export async function batchLevel(input: BatchLevelInput): Promise<ImportantFeatures[]> {
  const { schedule, k, run } = input;
  const searches = input.suspicions.map(({ name }) => new FeatureSearch(name, k));
  let model: Model | undefined;
  try {
    await captureLoop(input, {
      async capture(batch) {
        searches[batch.suspicion].add(batch, input.surrogate);
      },
      async afterEpoch(epoch) {
        const place = `${schedule.name}: epoch ${epoch - schedule.baseEpochs + 1}/${schedule.epochs}`;
        for (const search of searches) run.reporter.info(`${place}: ${await search.endEpoch()}`);
        if (searches.every(({ isEmpty }) => isEmpty)) throw noFeatures(k, searches);
      },
      async save() {
        if (!model) throw new Error("A capture is saved before it began.");
        const saved: StateDict = new Map();
        for (const [i, search] of searches.entries())
          for (const [key, array] of inGroup(String(i), await search.save(model))) saved.set(key, array);
        return saved;
      },
      async restore(saved, started) {
        model = started;
        for (const [i, search] of searches.entries())
          search.restore(groupOf(saved ?? new Map(), String(i)), started);
      },
    });
    return searches.map((search) => search.result());
  } finally {
    for (const search of searches) search.dispose();
  }
}

/** The important features of one suspicion, epoch by epoch. */
class FeatureSearch {
  readonly #name: string;
  readonly #k: number;
  /** Features left after each epoch. */
  #counts: number[] = [];
  #kept: Int32Array | undefined;
  #last: FeatureSelection | undefined;
  #maxima: RunningMaxima | undefined;

  constructor(name: string, k: number) {
    this.#name = name;
    this.#k = k;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  get isEmpty(): boolean {
    return this.#kept?.length === 0;
  }

  add(batch: CapturedBatch, surrogate: CaptureInput["surrogate"]): void {
    const { model, suspects, clean1, clean2, read, dropoutSeed } = batch;
    this.#maxima ??= new RunningMaxima(model);
    const groups = { suspect: read(suspects), clean1: read(clean1), clean2: read(clean2) };
    this.#maxima.add(batchDifferenceTensors(model, groups, { ...surrogate, dropoutSeed }));
    for (const group of Object.values(groups)) disposeBatch(group);
  }

  /** @returns what the epoch found, in words */
  async endEpoch(): Promise<string> {
    if (!this.#maxima) throw new Error("An epoch passed without a suspect.");
    this.#last = selectFeatures(await this.#maxima.read(), this.#k);
    this.dispose();
    const { features } = this.#last;
    this.#kept = this.#kept ? intersectFeatures(this.#kept, features) : features;
    this.#counts.push(this.#kept.length);
    const whose = this.#name === "" ? "" : `${this.#name}: `;
    return `${whose}${features.length} features with |z| > ${this.#k}, ${this.#kept.length} in all epochs`;
  }

  async save(model: Model): Promise<StateDict> {
    const shape = [model.stateSize];
    const saved: StateDict = new Map();
    if (this.#kept) saved.set("kept", { shape, data: maskOf(this.#kept, model.stateSize) });
    saved.set("counts", { shape: [this.#counts.length], data: Float32Array.from(this.#counts) });
    for (const [name, data] of Object.entries((await this.#maxima?.read()) ?? {}))
      saved.set(name, { shape, data });
    return saved;
  }

  restore(saved: StateDict, model: Model): void {
    const mask = saved.get("kept")?.data;
    if (mask) this.#kept = Int32Array.from(mask.keys()).filter((feature) => mask[feature] === 1);
    this.#counts = [...(saved.get("counts")?.data ?? [])];
    const [suspect, clean] = [saved.get("suspect"), saved.get("clean")];
    if (suspect && clean)
      this.#maxima = RunningMaxima.from(model, { suspect: suspect.data, clean: clean.data });
  }

  result(): ImportantFeatures {
    if (!this.#kept || !this.#last) throw new Error("Batch level ran no epoch.");
    return { features: this.#kept, last: this.#last };
  }

  dispose(): void {
    this.#maxima?.dispose();
    this.#maxima = undefined;
  }
}

/** float32 [size], 1 at the features. */
function maskOf(features: Int32Array, size: number): Float32Array {
  const mask = new Float32Array(size);
  for (const feature of features) mask[feature] = 1;
  return mask;
}

function noFeatures(k: number, searches: readonly FeatureSearch[]): RunError {
  const counts = searches.map((search) => search.counts.join(", ")).join("; ");
  return new RunError(
    `No feature is important in every epoch: with --k_1 ${k}, the number left after each epoch was ${counts}.`,
    "Use a smaller --k_1 or fewer epochs (--ep_bl).",
  );
}
