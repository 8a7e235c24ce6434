import { stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { checkOutputFolder } from "../files/output-folder.js";
import type { ArtefactPaths } from "./artefact-names.js";
import { checkForeignOutputs } from "./foreign-outputs.js";
import type { RunConfig } from "./run-config.js";

/**
 * Finds out before any work whether a run can get through: what an earlier stage must have left is there, results
 * can be written, and nothing of others would be written over.
 * @throws UserError
 */
export async function checkPrerequisites(config: RunConfig, paths: ArtefactPaths): Promise<void> {
  const { batchLevel, sampleLevel, scoreSamples, retrain } = config;
  if (sampleLevel && !batchLevel) await mustExist(paths.importantFeatures, "batch_level");
  if (scoreSamples && !sampleLevel) await mustExist(paths.increments, "sample_level");
  if (retrain && !scoreSamples) await mustExist(paths.indexesToExclude, "score_samples");
  await checkNoFolder(config.cleanModelPath, "--clean_model_path");
  await checkOutputFolder(paths.resultsDir, "--figure_path");
  await checkOutputFolder(config.savedModelsPath, "--saved_models_path");
  await checkOutputFolder(config.provPath, "--prov_path");
  await checkOutputFolder(config.datasetDir, "--dataset_dir");
  await checkForeignOutputs(config, paths);
}

async function mustExist(path: string, stage: string): Promise<void> {
  if (!(await exists(path)))
    throw new UserError(`There is no ${path}.`, `Run --${stage} with the same settings first.`);
}

async function checkNoFolder(path: string, flag: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isDirectory()) return;
  throw new UserError(`${flag}: got "${path}"; accepted: a file (this is a folder).`, "Give another path.");
}
