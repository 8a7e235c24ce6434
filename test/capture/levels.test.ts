import { beforeAll, describe, expect, test } from "vitest";
import { batchLevel } from "../../src/capture/batch-level.js";
import { captureLoop, disposeBatch } from "../../src/capture/capture-loop.js";
import { sampleLevel } from "../../src/capture/sample-level.js";
import type { Suspicion } from "../../src/capture/suspicion.js";
import { startEngine } from "../../src/engine/start.js";
import { batchDifferenceTensors } from "../../src/provenance/batch-differences.js";
import { RunningMaxima } from "../../src/provenance/running-maxima.js";
import { intersectFeatures, selectFeatures } from "../../src/provenance/select-features.js";
import { incrementsOneByOne } from "../provenance/one-by-one.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { type HeldRows, holdRows, suspicionOf, tinyCapture } from "./tiny-capture.js";

beforeAll(async () => {
  await startEngine();
});

const [one, other] = [suspicionOf(0, "one"), suspicionOf(1, "other")];
const k = 0.5;

/** A signal that is aborted at its n-th look at a batch. */
function abortedAfter(batches: number) {
  const controller = new AbortController();
  let left = batches;
  return {
    signal: controller.signal,
    count: () => {
      if (--left <= 0) controller.abort(new Error("stopped by the test"));
    },
  };
}

describe("batch level", () => {
  /** Epoch by epoch with nothing in between: the maxima of the differences, and their selection. */
  async function obviously(suspicion: Suspicion) {
    const input = await tinyCapture([suspicion]);
    const kept: Int32Array[] = [];
    let maxima: RunningMaxima | undefined;
    await captureLoop(input, {
      async capture({ model, suspects, clean1, clean2, read, dropoutSeed }) {
        maxima ??= new RunningMaxima(model);
        const groups = { suspect: read(suspects), clean1: read(clean1), clean2: read(clean2) };
        maxima.add(batchDifferenceTensors(model, groups, { ...input.surrogate, dropoutSeed }));
        for (const group of Object.values(groups)) disposeBatch(group);
      },
      async afterEpoch() {
        if (!maxima) throw new Error("No suspect.");
        kept.push(selectFeatures(await maxima.read(), k).features);
        maxima.dispose();
        maxima = undefined;
      },
      save: async () => new Map(),
      restore: async () => {},
    });
    return intersectFeatures(kept[0], kept[1]);
  }

  test("features important in every epoch, of each suspicion as if it were alone", async () => {
    const found = await batchLevel({ ...(await tinyCapture([one, other])), k });
    expect(found.map(({ features }) => features)).toEqual([await obviously(one), await obviously(other)]);
    expect(found[0].features.length).toBeGreaterThan(10);
    expect(found[0].features).not.toEqual(found[1].features);
  });

  test("stopped in the middle of an epoch, it goes on to the same", async () => {
    const folder = await temporaryFolder();
    const { signal, count } = abortedAfter(3);
    const input = await tinyCapture([one, other], { folder, signal });
    const progress = { ...input.progress, saveWhenDue: async () => count() };
    await expect(batchLevel({ ...input, progress, k })).rejects.toThrow("stopped by the test");
    const again = await batchLevel({ ...(await tinyCapture([one, other], { folder })), k });
    expect(again).toEqual(await batchLevel({ ...(await tinyCapture([one, other])), k }));
  });

  test("nothing left: the numbers of all epochs, also those before a stop", async () => {
    const folder = await temporaryFolder();
    const { signal, count } = abortedAfter(4);
    const strict = { k: 3 };
    const whole = batchLevel({ ...(await tinyCapture([one])), ...strict, k: 30 });
    await expect(whole).rejects.toThrow("with --k_1 30, the number left after each epoch was 0.");
    const input = await tinyCapture([one], { folder, signal });
    const progress = { ...input.progress, saveWhenDue: async () => count() };
    await expect(batchLevel({ ...input, progress, ...strict })).rejects.toThrow("stopped by the test");
    const lines: string[] = [];
    const rest = await tinyCapture([one], { folder });
    const reporter = { ...rest.run.reporter, info: (line: string) => void lines.push(line) };
    await batchLevel({ ...rest, ...strict, run: { ...rest.run, reporter } });
    expect(lines).toEqual([
      "test: going on from epoch 3, batch 2",
      expect.stringMatching(/^test: epoch 2\/2: one: \d+ features with \|z\| > 3, \d+ in all epochs$/),
    ]);
  });
});

describe("sample level", () => {
  const features = [Int32Array.of(3, 40, 200), Int32Array.of(1, 77)];

  /** Rows of both suspicions in memory. */
  async function rowsOf(changes: { folder?: string; signal?: AbortSignal } = {}, count = () => {}) {
    const input = await tinyCapture([one, other], changes);
    const progress = { ...input.progress, saveWhenDue: async () => count() };
    const sinks: HeldRows[] = [];
    const openSink = async (suspicion: number, pieces: number) => {
      const kept = held.slice(2 * suspicion, 2 * suspicion + 2).map((rows) => rows.slice(0, pieces));
      sinks[suspicion] = holdRows({ suspects: kept[0] ?? [], clean: kept[1] ?? [] });
      return sinks[suspicion];
    };
    const done = sampleLevel({ ...input, progress, features, openSink });
    return { sinks, done };
  }
  let held: HeldRows["suspects"][] = [];

  test("a row is what one update on that sample alone does, less the mean of clean-2", async () => {
    const input = await tinyCapture([one]);
    const expected: number[][] = [];
    await captureLoop(input, {
      async capture({ model, suspects, clean1, clean2, read, dropoutSeed }) {
        const rowsOfGroup = async (ids: Int32Array) => {
          const { images, labels, sampleIds } = read(ids);
          const array = { shape: images.shape, data: (await images.data()) as Float32Array };
          const classes = [...(await labels.data())];
          disposeBatch({ images, labels });
          const options = { ...input.surrogate, dropoutSeed, sampleIds };
          return incrementsOneByOne(model, array, classes, [...features[0]], options);
        };
        const baseline = await rowsOfGroup(clean2);
        for (const group of [suspects, clean1]) {
          const rows = await rowsOfGroup(group);
          expected.push(
            [...rows].map((value, i) => {
              const column = baseline.filter((_, j) => j % 3 === i % 3);
              return value - column.reduce((sum, one) => sum + one, 0) / column.length;
            }),
          );
        }
      },
      save: async () => new Map(),
      restore: async () => {},
    });
    const again = await tinyCapture([one]);
    const [{ suspects, clean }] = await sampleLevel({ ...again, features, openSink: async () => holdRows() });
    const found = suspects.flatMap(({ rows }, i) => [[...rows], [...clean[i].rows]]);
    expect(found).toHaveLength(expected.length);
    for (const [i, row] of found.entries())
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(expected[i][j], 6);
    expect(found.flat().some((value) => Math.abs(value) > 1e-4)).toBe(true);
  });

  test("two suspicions in one pass, each with its own features; a stopped one goes on to the same rows", async () => {
    const whole = await rowsOf();
    const rows = await whole.done;
    expect(rows.map(({ suspects }) => new Set(suspects.flatMap(({ sampleIds }) => [...sampleIds])))).toEqual([
      new Set(one.suspects),
      new Set(other.suspects),
    ]);
    expect(rows[1].suspects[0].rows).toHaveLength(2 * rows[1].suspects[0].sampleIds.length);
    const folder = await temporaryFolder();
    const { signal, count } = abortedAfter(4);
    const stopped = await rowsOf({ folder, signal }, count);
    await expect(stopped.done).rejects.toThrow("stopped by the test");
    held = stopped.sinks.flatMap(({ suspects, clean }) => [suspects, clean]);
    const again = await (await rowsOf({ folder })).done;
    expect(again.map(({ suspects, clean }) => ({ suspects, clean }))).toEqual(
      rows.map(({ suspects, clean }) => ({ suspects, clean })),
    );
  });
});
