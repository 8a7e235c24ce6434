import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { artefactPaths } from "../../src/experiment/artefact-names.js";
import { checkBeforeRun } from "../../src/experiment/checks.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { temporaryFolder } from "../store/temporary-folder.js";

async function check(folder: string, flags: Readonly<Record<string, string | boolean>>) {
  const config = parseRunConfig({
    dataset_dir: join(folder, "datasets"),
    saved_models_path: join(folder, "models"),
    prov_path: join(folder, "prov"),
    figure_path: join(folder, "results"),
    report_dir: join(folder, "pages"),
    ...flags,
  });
  const paths = artefactPaths(config);
  return { paths, run: () => checkBeforeRun(config) };
}

describe("a stage whose predecessor left nothing", () => {
  test.each([
    [{ sample_level: true }, "importantFeatures", "batch_level"],
    [{ score_samples: true }, "increments", "sample_level"],
    [{ retrain: true }, "indexesToExclude", "score_samples"],
  ] as const)("%o needs %s", async (flags, artefact, predecessor) => {
    const folder = await temporaryFolder();
    const { paths, run } = await check(folder, flags);
    const hint = `Run --${predecessor} with the same settings first.`;
    await expect(run()).rejects.toMatchObject({ message: `There is no ${paths[artefact]}.`, hint });
    // In the same run it comes first.
    const all = { batch_level: true, sample_level: true, score_samples: true };
    await (await check(folder, { ...all, ...flags })).run();
    await mkdir(paths[artefact], { recursive: true });
    await run();
  });
});

test.each([
  ["clean_training", "cleanModel"],
  ["poisoned_training", "model"],
  ["retrain", "retrainedModel"],
] as const)("--get_result with --%s: the model must be there", async (stage, artefact) => {
  const folder = await temporaryFolder();
  const { paths, run } = await check(folder, { [stage]: true, get_result: true, epochs: "3" });
  await mkdir(paths.indexesToExclude, { recursive: true });
  const path = artefact === "model" ? paths.model(3) : paths[artefact];
  await expect(run()).rejects.toMatchObject({ message: `--get_result: there is no ${path}.` });
  await mkdir(path, { recursive: true });
  await run();
});

test.each([
  ["dataset_dir", "datasets"],
  ["saved_models_path", "models"],
  ["prov_path", "prov"],
  ["figure_path", "results"],
  ["report_dir", "pages"],
])("--%s at or below a file is refused, naming the flag", async (flag, name) => {
  const folder = await temporaryFolder();
  const { run } = await check(folder, { poisoned_training: true });
  await run();
  await writeFile(join(folder, name), "");
  await expect(run()).rejects.toMatchObject({
    message: expect.stringMatching(/^Cannot write to .*is a file\.$/),
    hint: `Give another folder with --${flag}.`,
  });
});
