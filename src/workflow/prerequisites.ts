import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import type { StageDefinition } from "./stage-definition.js";

/**
 * Finds out before any work whether stages can get through: what an earlier stage must have left is there.
 * @param stages in the order in which they will run
 * @throws UserError naming what is missing, and what to run first
 */
export async function checkPrerequisites(stages: readonly StageDefinition[]): Promise<void> {
  const written = new Set<string>();
  for (const { reads, writes, reportsOnly } of stages) {
    for (const { artefact, from } of reads) {
      if (typeof from !== "string" || written.has(artefact.path) || (await exists(artefact.path))) continue;
      throw new UserError(`There is no ${artefact.path}.`, `Run --${from} with the same settings first.`);
    }
    const [result] = writes;
    if (reportsOnly && !(await exists(result.path))) {
      throw new UserError(
        `--get_result: there is no ${result.path}.`,
        "Train it first, without --get_result.",
      );
    }
    for (const { path } of writes) written.add(path);
  }
}
