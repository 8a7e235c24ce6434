import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { loadDataset } from "../../src/datasets/load-dataset.js";
import { startEngine } from "../../src/engine/start.js";
import { cleanBase } from "../../src/experiment/clean-base.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";
import { temporaryFolder } from "../store/temporary-folder.js";

beforeAll(() => startEngine());

test("of runs that need the clean model at once one trains it, the others wait and find it", async () => {
  const folder = await temporaryFolder();
  const lines: string[] = [];
  const reporter = { ...silentReporter, info: (line: string) => void lines.push(line) };
  const config = parseRunConfig({
    dataset: "synthetic",
    model: "ResNet8",
    attack: "lc",
    clean_model_path: join(folder, "clean.safetensors"),
    poisoned_training: true,
    epochs: "1",
  });
  const dataset = await loadDataset("synthetic", { datasetDir: folder, limitPerClass: 3, seed: 1, reporter });
  const run = { reporter, signal: new AbortController().signal };
  const base = () => cleanBase({ config, dataset, augmentation: "none", rng: createRng(1), run });
  const hashes = await Promise.all([base().hash(), base().hash(), base().hash()]);
  expect(new Set(hashes).size).toBe(1);
  expect(lines.filter((line) => line.startsWith("there is no clean model"))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("waiting for another run to finish"))).toHaveLength(2);
  expect(await readdir(folder)).toEqual(["clean.safetensors"]);
});
