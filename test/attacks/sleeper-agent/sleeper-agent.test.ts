import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { AttackInput, PoisonedData } from "../../../src/attacks/attack.js";
import { triggerPatch } from "../../../src/attacks/crafting/trigger-patch.js";
import { sleeperAgent } from "../../../src/attacks/sleeper-agent/about.js";
import { gradientNorms, largest } from "../../../src/attacks/sleeper-agent/gradient-norms.js";
import { sleeperAgentTest } from "../../../src/attacks/sleeper-agent/patch.js";
import { triggerImage } from "../../../src/attacks/sleeper-agent/trigger-image.js";
import { noAugmentation } from "../../../src/datasets/augmentation.js";
import { copyImages, memoryPixels } from "../../../src/datasets/pixels.js";
import { indicesOfClass } from "../../../src/datasets/select.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { UserError } from "../../../src/errors.js";
import { createRng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";
import { batchGradients } from "../../../src/training/gradients.js";
import { batchTensors } from "../../../src/training/train.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { commonInput } from "../attack-input.js";
import { gratingNetwork, gratings } from "../gratings.js";

const dataset = gratings({ train: 8, test: 3 });
const [target, source] = [1, 3];
const side = 16;

beforeAll(async () => {
  await startEngine();
});

const made: string[] = [];
const quick = { iterations: 2, segments: 1 };

function input(folder: string, changes: Partial<AttackInput> = {}): AttackInput {
  return {
    dataset,
    targetClass: target,
    sourceClass: source,
    poisonShareOfTargetClass: 0.5,
    eps255: 16,
    vis: 255,
    options: quick,
    cleanModel: async () => {
      made.push("clean");
      return gratingNetwork(createRng("clean"));
    },
    newModel: (rng) => {
      made.push("fresh");
      return gratingNetwork(rng);
    },
    ...commonInput(folder),
    ...changes,
  };
}

const poison = async (changes: Partial<AttackInput> = {}, folder?: string): Promise<PoisonedData> =>
  sleeperAgent.poison(input(folder ?? (await temporaryFolder()), changes));

const poisonsOf = ({ train, poisonIds }: PoisonedData) => copyImages(train.pixels, poisonIds.sa);

describe("what it leaves", () => {
  test("labels stay, poisons ascend and are of the target class, others are untouched, eps holds", async () => {
    const told: Int32Array[] = [];
    const { train, poisonIds } = await poison({ onPoisonsChosen: (ids) => told.push(ids) });
    expect(train.labels).toEqual(dataset.train.labels);
    const ids = [...poisonIds.sa];
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids).toHaveLength(4);
    expect(told).toEqual([poisonIds.sa]);
    for (let row = 0; row < train.labels.length; row++) {
      const [before, after] = [dataset.train.pixels.read(row), train.pixels.read(row)];
      const largestChange = after.reduce((most, level, i) => Math.max(most, Math.abs(level - before[i])), 0);
      if (!ids.includes(row)) expect(largestChange).toBe(0);
      else {
        expect(dataset.train.labels[row]).toBe(target);
        expect(largestChange).toBeGreaterThan(0);
        expect(largestChange).toBeLessThanOrEqual(16);
      }
    }
  });

  test("the triggered test: the source class alone, patched bottom right, labelled with the target class", async () => {
    const { triggeredTests } = await poison();
    const ids = indicesOfClass(dataset.test.labels, source);
    expect([...triggeredTests.sa.labels]).toEqual([target, target, target]);
    const patch = triggerPatch(triggerImage, 4).pixels;
    ids.forEach((id, row) => {
      const [before, after] = [dataset.test.pixels.read(id), triggeredTests.sa.pixels.read(row)];
      for (let i = 0; i < after.length; i++) {
        const [line, column] = [Math.floor(i / 3 / side), Math.floor(i / 3) % side];
        const expected =
          line >= 12 && column >= 12 ? patch[((line - 12) * 4 + column - 12) * 3 + (i % 3)] : before[i];
        if (after[i] !== expected) throw new Error(`image ${id} at ${line}, ${column}`);
      }
    });
  });

  test("on 224x224 images the patch is 16 pixels wide", () => {
    const grey = memoryPixels(new Uint8Array(224 * 224 * 3).fill(100), {
      height: 224,
      width: 224,
      channels: 3,
    });
    const large = { pixels: grey, labels: Int32Array.of(source) };
    const triggered = sleeperAgentTest(input("", { dataset: { ...dataset, test: large } }));
    const image = triggered.pixels.read(0);
    const patch = triggerPatch(triggerImage, 16).pixels;
    const at = (line: number, column: number) => (line * 224 + column) * 3;
    for (let line = 0; line < 16; line++)
      expect(image.slice(at(208 + line, 208), at(208 + line, 224))).toEqual(
        patch.slice(line * 48, line * 48 + 48),
      );
    expect(image.slice(0, at(208, 208)).every((level) => level === 100)).toBe(true);
  });

  test("--random: a place of its own for every image, the same on every reading", async () => {
    const { triggeredTests } = await poison({ randomPlacement: true });
    const ids = indicesOfClass(dataset.test.labels, source);
    const corners = [...ids].map((id, row) => {
      const [before, after] = [dataset.test.pixels.read(id), triggeredTests.sa.pixels.read(row)];
      expect(triggeredTests.sa.pixels.read(row)).toEqual(after);
      const changed = [...after.keys()].filter((i) => after[i] !== before[i]);
      const lines = changed.map((i) => Math.floor(i / 3 / side));
      const columns = changed.map((i) => Math.floor(i / 3) % side);
      expect(Math.max(...lines) - Math.min(...lines)).toBeLessThan(4);
      expect(Math.max(...columns) - Math.min(...columns)).toBeLessThan(4);
      return `${Math.min(...lines)} ${Math.min(...columns)}`;
    });
    expect(new Set(corners).size).toBe(3);
  });
});

describe("how it is made", () => {
  test("the poisons are the images with the largest gradients", async () => {
    const model = gratingNetwork(createRng("clean"));
    const ids = indicesOfClass(dataset.train.labels, target);
    const norms = await gradientNorms(model, dataset, ids, { entries: model.trainable });
    const expected: number[] = [];
    for (const id of ids) {
      const { images, labels } = batchTensors(
        { ...dataset, set: dataset.train },
        Int32Array.of(id),
        noAugmentation,
      );
      const { gradients } = batchGradients(model, images, labels, { training: false });
      const values = await Promise.all([...gradients.values()].map((gradient) => gradient.data()));
      expected.push(Math.hypot(...values.flatMap((part) => [...part])));
    }
    expected.forEach((norm, i) => {
      expect(norms[i] / norm).toBeCloseTo(1, 5);
    });
    const ranked = [...ids].sort((a, b) => expected[ids.indexOf(b)] - expected[ids.indexOf(a)]);
    const { poisonIds } = await poison();
    expect([...poisonIds.sa]).toEqual(ranked.slice(0, 4).sort((a, b) => a - b));
    expect([...largest(Int32Array.of(4, 7, 9), Float32Array.of(1, 2, 1), 2)]).toEqual([4, 7]);
  });

  test("between segments a fresh network is trained, which changes what comes after", async () => {
    const craft = async (options: AttackInput["options"]) => {
      made.length = 0;
      const poisons = poisonsOf(await poison({ options: { iterations: 4, retrain_epochs: 1, ...options } }));
      return { poisons, networks: made.join(" ") };
    };
    const [one, two, again] = [
      await craft({ segments: 1 }),
      await craft({ segments: 2 }),
      await craft({ segments: 2 }),
    ];
    expect(one.networks).toBe("clean");
    expect(two.networks).toBe("clean fresh");
    expect(Buffer.compare(two.poisons, one.poisons)).not.toBe(0);
    expect(Buffer.compare(two.poisons, again.poisons)).toBe(0);
  });

  test("several batches and starts; the head's gradient alone", async () => {
    const whole = poisonsOf(await poison());
    for (const [name, value] of [
      ["batch", 3],
      ["restarts", 2],
      ["match_layers", "head"],
    ] as const) {
      const other = await poison({ options: { ...quick, [name]: value } });
      expect(other.poisonIds.sa).toHaveLength(4);
      if (name !== "restarts") expect(Buffer.compare(poisonsOf(other), whole)).not.toBe(0);
    }
  });

  test("the bar ends where it should", async () => {
    const bars: { total: number; done: number }[] = [];
    const reporter = {
      ...silentReporter,
      progress(_label: string, total: number) {
        const bar = { total, done: 0 };
        bars.push(bar);
        const update = (done: number) => {
          bar.done = done;
        };
        return { update, stop() {} };
      },
    };
    const options = { iterations: 3, segments: 2, retrain_epochs: 1, restarts: 2, batch: 3 };
    await poison({ reporter, options });
    expect(bars).toHaveLength(1);
    expect(bars[0].done).toBe(bars[0].total);
  });

  test("nothing is left, also when it is stopped at any moment", async () => {
    const options = { iterations: 2, segments: 2, retrain_epochs: 1 };
    let updates = 0;
    const run = (stopAt: number) => {
      const controller = new AbortController();
      updates = 0;
      const update = () => {
        if (++updates === stopAt) controller.abort(new Error("stopped"));
      };
      const reporter = { ...silentReporter, progress: () => ({ update, stop() {} }) };
      return poison({ options, reporter, signal: controller.signal });
    };
    const before = tf.memory().numTensors;
    await run(0);
    expect(tf.memory().numTensors).toBe(before);
    for (let stopAt = updates; stopAt > 0; stopAt -= 3) {
      await expect(run(stopAt)).rejects.toThrow("stopped");
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe("what is kept", () => {
  test("crafted images are read back with their ids; a change of any setting crafts anew", async () => {
    const folder = await temporaryFolder();
    const first = await poison({}, folder);
    made.length = 0;
    const told: Int32Array[] = [];
    const again = await poison({ onPoisonsChosen: (ids) => told.push(ids) }, folder);
    expect(made).toEqual([]);
    expect(told).toEqual([first.poisonIds.sa]);
    expect(again.poisonIds).toEqual(first.poisonIds);
    expect(Buffer.compare(poisonsOf(again), poisonsOf(first))).toBe(0);
    const changes: Partial<AttackInput>[] = [
      { eps255: 9 },
      { targetClass: 2 },
      { sourceClass: 0 },
      { poisonShareOfTargetClass: 0.25 },
      { randomPlacement: true },
      { rng: createRng("another") },
      { cleanModelHash: async () => "of another model" },
      { dataset: { ...dataset, fingerprint: "other" } },
      { options: { ...quick, iterations: 3 } },
      { options: { ...quick, batch: 2 } },
      { options: { ...quick, trigger_images: 3 } },
      { options: { ...quick, match_layers: "head" } },
      { options: { ...quick, restarts: 2 } },
    ];
    for (const change of changes) await poison(change, folder);
    expect(made).toHaveLength(changes.length);
    // A clean model that is trained for longer is another file; how long it took is no matter.
    await poison({ options: { ...quick, clean_epochs: 7 } }, folder);
    expect(made).toHaveLength(changes.length);
  });

  test("a damaged cache is refused, changed ids included", async () => {
    const folder = await temporaryFolder();
    await poison({}, folder);
    const [json, png] = (await readdir(folder)).sort().map((name) => join(folder, name));
    const record = await readFile(json, "utf8");
    const parsed = JSON.parse(record);
    parsed.facts[0] += 4;
    await writeFile(json, JSON.stringify(parsed));
    await expect(poison({}, folder)).rejects.toThrow(`${png} is damaged`);
    await writeFile(json, record);
    await truncate(png, (await readFile(png)).length - 20);
    await expect(poison({}, folder)).rejects.toThrow(UserError);
  });

  test("refused before anything is made: no poison, no source, an unknown option, a caller's no", async () => {
    made.length = 0;
    await expect(poison({ poisonShareOfTargetClass: 0.01 })).rejects.toThrow("is no image at all");
    await expect(poison({ sourceClass: 4 })).rejects.toThrow("no training image of class 4");
    await expect(poison({ options: { steps: 3 } })).rejects.toThrow('"sa" has no such option');
    expect(made).toEqual([]);
  });
});
