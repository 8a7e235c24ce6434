import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Attack, AttackInput } from "../../../src/attacks/attack.js";
import { craftInBatches } from "../../../src/attacks/crafting/craft-in-batches.js";
import { craftingProgress } from "../../../src/attacks/crafting/crafting-progress.js";
import { hiddenTrigger } from "../../../src/attacks/hidden-trigger/about.js";
import { narcissus } from "../../../src/attacks/narcissus/about.js";
import { sleeperAgent } from "../../../src/attacks/sleeper-agent/about.js";
import { startEngine } from "../../../src/engine/start.js";
import { UserError } from "../../../src/errors.js";
import { createRng } from "../../../src/random/rng.js";
import { type Reporter, silentReporter } from "../../../src/reporter.js";
import { hashesOf } from "../../e2e/artefacts.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { gratingNetwork, gratings } from "../gratings.js";
import { narcissusInput, outsideFolder, small } from "../narcissus/narcissus-input.js";

let outside: string;
beforeAll(async () => {
  await startEngine();
  outside = await outsideFolder();
});
afterAll(() => rm(outside, { recursive: true }));

const onGratings = (options: AttackInput["options"]) => (folder: string) => ({
  ...narcissusInput(folder),
  dataset: gratings({ train: 8, test: 2 }),
  targetClass: 1,
  cleanModel: async () => gratingNetwork(createRng("clean")),
  cleanModelHash: async () => "hash of the clean model",
  newModel: gratingNetwork,
  options,
});

interface Case {
  readonly attack: Attack;
  readonly input: (folder: string) => AttackInput;
  /** Steps after which a run is ended: fewer than it has between any two that it keeps. */
  readonly every: number;
}

const cases: Record<string, Case> = {
  sa: {
    attack: sleeperAgent,
    input: onGratings({ iterations: 6, segments: 2, retrain_epochs: 2, restarts: 2, batch: 2 }),
    every: 20,
  },
  ht: { attack: hiddenTrigger, input: onGratings({ iterations: 4, batch: 1, lr: 0.01 }), every: 6 },
  narcissus: {
    attack: narcissus,
    input: (folder) => narcissusInput(folder, { options: { ...small, rounds: 3, pood: outside } }),
    every: 2,
  },
};

/** Calls `at` at the n-th step of a run, whatever bar it moves. */
function atStep(n: number, at: () => void): { reporter: Reporter; said: string[] } {
  let steps = 0;
  const said: string[] = [];
  const progress: Reporter["progress"] = () => ({
    update: () => {
      if (++steps === n) at();
    },
    stop: () => {},
  });
  return { said, reporter: { ...silentReporter, info: (line) => void said.push(line), progress } };
}

const crash = new Error("as if killed");
const ways = {
  // Nothing more is written, as when the process is gone; all that was kept before is there.
  "a crash": (n: number) => {
    const listening = atStep(n, () => {
      throw crash;
    });
    return { ...listening, checkpointSeconds: 0, signal: undefined };
  },
  // Kept at the stop alone.
  "a clean stop": (n: number) => {
    const controller = new AbortController();
    const listening = atStep(n, () => controller.abort(crash));
    return { ...listening, checkpointSeconds: 1000, signal: controller.signal };
  },
};

describe.each(Object.keys(cases))("%s goes on to the same bytes", (name) => {
  const { attack, input, every } = cases[name];
  let expected: Map<string, string>;
  let whole: string;
  beforeAll(async () => {
    whole = await outsideFolder();
    await attack.poison(input(whole));
    expected = await hashesOf(join(whole, "poisons"));
  });
  afterAll(() => rm(whole, { recursive: true }));

  test.each(Object.keys(ways) as (keyof typeof ways)[])("after %s, again and again", async (way) => {
    const folder = await temporaryFolder();
    const resumed: string[] = [];
    let runs = 0;
    for (let isDone = false; !isDone; runs++) {
      if (runs === 40) throw new Error(`No end after ${runs} runs: ${resumed.join("; ")}`);
      const { said, reporter, ...rest } = ways[way](every);
      isDone = await attack.poison({ ...input(folder), ...rest, reporter }).then(
        () => true,
        (error: unknown) => {
          if (error !== crash) throw error;
          return false;
        },
      );
      resumed.push(...said.filter((line) => line.includes("going on")));
    }
    expect(runs).toBeGreaterThan(2);
    expect(resumed.length).toBeGreaterThan(1);
    expect(await hashesOf(join(folder, "poisons"))).toEqual(expected);
  });
});

/** Two runs over one folder that begin together. */
async function twoAtOnce({ attack, input }: Case) {
  const folder = await temporaryFolder();
  const lines: string[] = [];
  const bars: string[] = [];
  const reporter: Reporter = {
    ...silentReporter,
    info: (line) => void lines.push(line),
    progress: (label) => {
      bars.push(label);
      return { update() {}, stop() {} };
    },
  };
  const chosen: string[] = [];
  const onPoisonsChosen = (ids: Int32Array) => void chosen.push(ids.join());
  const poison = () => attack.poison({ ...input(folder), reporter, onPoisonsChosen });
  const [first, second] = await Promise.all([poison(), poison()]);
  const waits = lines.filter((line) => /^waiting for another run to finish: \S*\/poisons\//.test(line));
  return { folder, lines, bars, chosen, first, second, waits };
}

test.each(Object.keys(cases))(
  "of two runs that want %s's poisons at once one crafts, the other waits and reads",
  async (name) => {
    let runs = await twoAtOnce(cases[name]);
    // Where one has finished before the other asks, they were not at once.
    for (let attempt = 1; attempt < 5 && runs.waits.length === 0; attempt++)
      runs = await twoAtOnce(cases[name]);
    const { folder, lines, bars, chosen, first, second, waits } = runs;
    expect(bars.filter((label) => /crafting|: trigger/.test(label))).toHaveLength(1);
    expect(waits).toHaveLength(1);
    expect(lines.join()).toMatch(/(crafted images|trigger) read from/);
    expect(second.poisonIds).toEqual(first.poisonIds);
    expect(new Set(chosen).size).toBe(1);
    expect(chosen).toHaveLength(2);
    expect(
      (await readdir(join(folder, "poisons"))).filter((file) => /lock|partial|progress/.test(file)),
    ).toEqual([]);
  },
);

test("finished batches are not crafted again, and their figures count; a stop keeps what is due or not", async () => {
  const progress = craftingProgress({ cacheDir: await temporaryFolder(), checkpointSeconds: 1000 }, "x", {});
  const controller = new AbortController();
  const crafted: number[] = [];
  const craft = async (batch: number) => {
    controller.signal.throwIfAborted();
    crafted.push(batch);
    if (batch === 2) controller.abort(crash);
    return { levels: Uint8Array.of(batch, 250 + batch), figures: [batch / 3] };
  };
  const around = { progress, name: "x", reporter: silentReporter };
  const stopped = craftInBatches([1, 2, 3, 4], { ...around, signal: controller.signal }, craft);
  await expect(stopped).rejects.toBe(crash);
  const { levels, figures } = await craftInBatches([1, 2, 3, 4], around, async (batch) => {
    crafted.push(batch);
    return { levels: Uint8Array.of(batch, 250 + batch), figures: [batch / 3] };
  });
  expect(crafted).toEqual([1, 2, 3, 4]);
  expect([...levels]).toEqual([1, 251, 2, 252, 3, 253, 4, 254]);
  expect(figures).toEqual([1 / 3 + 2 / 3 + 1 + 4 / 3]);
});

test("what is kept of another crafting, or damaged, is named", async () => {
  const folder = await temporaryFolder();
  const place = { cacheDir: folder, checkpointSeconds: 1000 };
  const progress = craftingProgress(place, "x", { eps: 8 });
  await progress.save({ state: new Map(), facts: { batches: "-1" } });
  const [name] = await readdir(folder);
  const around = { progress, name: "x", reporter: silentReporter };
  const refused = async () => {
    const error = await craftInBatches([1], around, async () => {
      throw new Error("not reached");
    }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };
  expect(await refused()).toBe(`${join(folder, name)} is damaged: it holds no images.`);
  const bytes = await readFile(join(folder, name));
  await writeFile(join(folder, name), bytes.subarray(0, 40));
  expect(await refused()).toContain(`${join(folder, name)} is not a readable safetensors file`);
});
