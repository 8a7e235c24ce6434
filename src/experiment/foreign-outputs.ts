import { join } from "node:path";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { isWrittenByUs } from "../store/written-by-us.js";
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
