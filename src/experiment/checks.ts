import { stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { checkOutputFolder } from "../files/output-folder.js";
import { checkPrerequisites } from "../workflow/prerequisites.js";
import { artefactPaths } from "./artefact-names.js";
import { readExcludeList } from "./exclude-list.js";
import { checkForeignOutputs } from "./foreign-outputs.js";
import type { RunConfig } from "./run-config.js";
import { requestedStages } from "./stage-table.js";

/**
 * Finds out before any work whether a run can get through: what an earlier stage must have left is there, results
 * can be written, and nothing of others would be written over.
 * @throws UserError
 */
export async function checkBeforeRun(config: RunConfig): Promise<void> {
  const paths = artefactPaths(config);
  const stages = requestedStages(config);
  await checkPrerequisites(stages);
  if (config.retrain && config.excludeList !== undefined)
    await readExcludeList(config.excludeList, Number.POSITIVE_INFINITY);
  await checkNoFolder(config.cleanModelPath, "--clean_model_path");
  await checkOutputFolder(paths.resultsDir, "--figure_path");
  await checkOutputFolder(config.savedModelsPath, "--saved_models_path");
  await checkOutputFolder(config.provPath, "--prov_path");
  await checkOutputFolder(config.datasetDir, "--dataset_dir");
  if (config.reportDir !== undefined) await checkOutputFolder(config.reportDir, "--report_dir");
  await checkForeignOutputs(stages, paths, config.force);
}

async function checkNoFolder(path: string, flag: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isDirectory()) return;
  throw new UserError(`${flag}: got "${path}"; accepted: a file (this is a folder).`, "Give another path.");
}
