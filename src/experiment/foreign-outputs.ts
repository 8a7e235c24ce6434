import { join } from "node:path";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { isWrittenByUs } from "../store/written-by-us.js";
import type { ArtefactPaths } from "./artefact-names.js";
import type { RunConfig } from "./run-config.js";

/**
 * Finds out before any work whether a run would write over what another program, or the user, has put where its results go.
 * @throws UserError naming all of it
 */
export async function checkForeignOutputs(config: RunConfig, paths: ArtefactPaths): Promise<void> {
  const outputs = [...fixedOutputs(config, paths), ...(await trainedOutputs(config, paths))];
  const isForeign = await Promise.all(
    outputs.map(async (path) => (await exists(path)) && !(await isWrittenByUs(path))),
  );
  const foreign = outputs.filter((_, i) => isForeign[i]);
  if (foreign.length === 0) return;
  throw new UserError(
    `This run would write over what poisonspot has not written: ${foreign.join(", ")}.`,
    "Move it to another place, or give other folders (--exp, --figure_path, --saved_models_path, --prov_path).",
  );
}

function fixedOutputs(config: RunConfig, paths: ArtefactPaths): string[] {
  const figures = [
    ...(config.batchLevel ? ["Max_diff", "differences"] : []),
    ...(config.scoreSamples ? ["score_distribution", "feature_importances"] : []),
  ].flatMap((name) => [`${name}.png`, `${name}.vl.json`]);
  return [
    ...["run.json", "config.json", ...figures].map((name) => join(paths.resultsDir, name)),
    ...(config.batchLevel ? [paths.importantFeatures] : []),
    ...(config.sampleLevel ? [paths.increments] : []),
    ...(config.scoreSamples ? [paths.indexesToExclude, paths.indexesToExclude.replace(/npy$/, "json")] : []),
  ];
}

/** A model that is there is used, whoever wrote it, and not written again but with --force. */
async function trainedOutputs(config: RunConfig, paths: ArtefactPaths): Promise<string[]> {
  if (config.getResult) return [];
  const poisoned = (epochs: number) =>
    epochs === 0 ? [] : [[paths.model(epochs), paths.optimizer(epochs), paths.scheduler(epochs)]];
  const trainings = [
    ...(config.cleanTraining ? [[paths.cleanModel]] : []),
    ...(config.poisonedTraining ? poisoned(config.epochs) : []),
    ...(config.batchLevel ? poisoned(config.epBlBase) : []),
    ...(config.sampleLevel ? poisoned(config.epSlBase) : []),
    ...(config.retrain ? [[paths.retrainedModel]] : []),
  ];
  const outputs: string[] = [];
  for (const [model, ...others] of trainings) {
    if (config.force || !(await exists(model))) outputs.push(model, ...others);
  }
  return [...new Set(outputs)];
}
