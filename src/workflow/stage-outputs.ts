import { exists } from "../files/exists.js";
import type { Artefact } from "./artefact.js";
import type { StageDefinition } from "./stage-definition.js";

/**
 * Files and folders that stages would write. What is there is used, whoever wrote it, and not written again but with --force,
 * or by a stage that works again; what belongs beside it counts with it.
 */
export async function stageOutputs(stages: readonly StageDefinition[], force: boolean): Promise<string[]> {
  const outputs = new Set<string>();
  for (const { reads, writes, repeats, reportsOnly } of stages) {
    if (reportsOnly) continue;
    const madeFirst = reads.flatMap(({ artefact, from }) =>
      typeof from === "string" ? [] : [[artefact, ...from.leaves]],
    );
    for (const group of [...madeFirst, writes]) {
      const isKept = !force && !repeats && (await exists(group[0].path));
      if (!isKept) for (const path of group.flatMap(filesOf)) outputs.add(path);
    }
  }
  return [...outputs];
}

/** A list of samples has its record beside it. */
const filesOf = ({ path }: Artefact): string[] =>
  path.endsWith(".npy") ? [path, path.replace(/npy$/, "json")] : [path];
