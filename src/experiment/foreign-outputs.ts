import { join } from "node:path";
import { reportFiles } from "../report/write-report.js";
import { refuseForeign } from "../store/written-by-us.js";
import type { StageDefinition } from "../workflow/stage-definition.js";
import { stageOutputs } from "../workflow/stage-outputs.js";
import type { ArtefactPaths } from "./artefact-names.js";
import type { StageName } from "./stage-names.js";

/** Figures that a stage draws. */
const figures: Partial<Record<StageName, readonly string[]>> = {
  batch_level: ["Max_diff", "differences"],
  score_samples: ["score_distribution", "feature_importances"],
};

/** After which the report is written. */
export const reportedStages: readonly StageName[] = ["score_samples", "retrain", "retrain_control"];

/**
 * Finds out before any work whether a run would write over what another program, or the user, has put where its results go.
 * @throws UserError naming all of it
 */
export async function checkForeignOutputs(
  stages: readonly StageDefinition<StageName>[],
  { findings, report, resultsDir, scoreTable }: ArtefactPaths,
  force: boolean,
): Promise<void> {
  const records = stages.flatMap(({ name }) =>
    (figures[name] ?? []).flatMap((figure) => [`${figure}.png`, `${figure}.vl.json`]),
  );
  const isAsked = (wanted: StageName) => stages.some(({ name }) => name === wanted);
  const outputs = [
    ...["run.json", "config.json", ...records].map((name) => join(resultsDir, name)),
    ...(isAsked("score_samples") ? [scoreTable, findings] : []),
    ...(reportedStages.some(isAsked) ? reportFiles(report) : []),
    ...(await stageOutputs(stages, force)),
  ];
  await refuseForeign(
    outputs,
    "give other folders (--exp, --figure_path, --report_dir, --saved_models_path, --prov_path)",
  );
}
