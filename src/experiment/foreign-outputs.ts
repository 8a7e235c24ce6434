import { join } from "node:path";
import { refuseForeign } from "../store/written-by-us.js";
import type { StageDefinition } from "../workflow/stage-definition.js";
import { stageOutputs } from "../workflow/stage-outputs.js";
import type { StageName } from "./stage-names.js";

/** Figures that a stage draws. */
const figures: Partial<Record<StageName, readonly string[]>> = {
  batch_level: ["Max_diff", "differences"],
  score_samples: ["score_distribution", "feature_importances"],
};

/**
 * Finds out before any work whether a run would write over what another program, or the user, has put where its results go.
 * @throws UserError naming all of it
 */
export async function checkForeignOutputs(
  stages: readonly StageDefinition<StageName>[],
  { resultsDir, scoreTable, force }: { resultsDir: string; scoreTable: string; force: boolean },
): Promise<void> {
  const records = stages.flatMap(({ name }) =>
    (figures[name] ?? []).flatMap((figure) => [`${figure}.png`, `${figure}.vl.json`]),
  );
  const outputs = [
    ...["run.json", "config.json", ...records].map((name) => join(resultsDir, name)),
    ...(stages.some(({ name }) => name === "score_samples") ? [scoreTable] : []),
    ...(await stageOutputs(stages, force)),
  ];
  await refuseForeign(outputs, "give other folders (--exp, --figure_path, --saved_models_path, --prov_path)");
}
