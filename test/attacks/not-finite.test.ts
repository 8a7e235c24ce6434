import { readdir } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { Attack, AttackInput } from "../../src/attacks/attack.js";
import { finiteMark } from "../../src/attacks/crafting/finite-gradients.js";
import { labelConsistent } from "../../src/attacks/label-consistent/about.js";
import { sleeperAgent } from "../../src/attacks/sleeper-agent/about.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { RunError } from "../../src/errors.js";
import type { Model } from "../../src/nn/model.js";
import { createRng, type Rng } from "../../src/random/rng.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { commonInput } from "./attack-input.js";
import { gratingNetwork, gratings } from "./gratings.js";

/** A network whose output, and so every gradient, is no number. */
function brokenNetwork(rng: Rng): Model {
  const model = gratingNetwork(rng);
  const [weights] = model.headEntries;
  weights.load(new Float32Array(weights.size).fill(Number.NaN));
  return model;
}

const inputIn = (folder: string, changes: Partial<AttackInput>): AttackInput => ({
  dataset: gratings({ train: 8, test: 3 }),
  targetClass: 1,
  sourceClass: 3,
  poisonShareOfTargetClass: 0.5,
  eps255: 16,
  vis: 255,
  options: {},
  cleanModel: async () => gratingNetwork(createRng("clean")),
  newModel: gratingNetwork,
  ...commonInput(folder),
  ...changes,
});

const clean = async () => brokenNetwork(createRng("clean"));

/** WebAssembly and plain JavaScript lose a NaN in a sign, WebAssembly in a clip too. */
test.each(["auto", "wasm", "cpu"] as const)(
  "%s: a value that is not finite is seen whatever is beside it",
  async (engine) => {
    await startEngine({ engine });
    const marks = [
      [1, -3e38],
      [Number.NaN, 1],
      [1, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, 0],
    ];
    const seen = await Promise.all(marks.map((values) => finiteMark(tf.tensor1d(values)).data()));
    expect(seen.map(([mark]) => Object.is(Math.abs(mark), 0))).toEqual([true, false, false, false]);
  },
);

describe.each(["auto", "wasm"] as const)(
  "%s: gradients that are no numbers end the crafting, and are not taken for its result",
  (engine) => {
    beforeAll(async () => {
      await startEngine({ engine });
    });

    test.each<[what: string, attack: Attack, changes: Partial<AttackInput>]>([
      ["lc", labelConsistent, { cleanModel: clean, options: { steps: 2 } }],
      ["sa, as it chooses its poisons", sleeperAgent, { cleanModel: clean, options: { iterations: 2 } }],
      [
        "sa, as it moves all images of the class",
        sleeperAgent,
        { cleanModel: clean, options: { iterations: 2, segments: 1 }, poisonShareOfTargetClass: 1 },
      ],
      [
        "sa, on a network that it trains anew",
        sleeperAgent,
        { newModel: brokenNetwork, options: { iterations: 2, segments: 2, retrain_epochs: 1 } },
      ],
    ])("%s", async (_, attack, changes) => {
      const folder = await temporaryFolder();
      await expect(attack.poison(inputIn(folder, changes))).rejects.toThrow(RunError);
      expect((await readdir(folder)).filter((name) => /\.(npy|png)$/.test(name))).toEqual([]);
    });
  },
);
