import { existsSync } from "node:fs";
import type { StageDefinition } from "./stage-definition.js";

/** A file a stage reads. */
interface PlannedRead {
  readonly path: string;
  /** "missing": the stage cannot run, `madeBy` has to come first. "made": the stage itself makes it first. */
  readonly state: "on disk" | "written above" | "made" | "missing";
  readonly madeBy: string;
}

export interface PlannedStage<Name extends string = string> {
  readonly stage: Name;
  readonly reads: readonly PlannedRead[];
  readonly writes: readonly string[];
}

const itself = "this stage";

/**
 * What each stage would read and write. Looks at file names alone.
 * @param force whether what a stage makes first is made anew
 */
export function planStages<Name extends string>(
  stages: readonly StageDefinition<Name>[],
  force: boolean,
): PlannedStage<Name>[] {
  const written = new Set<string>();
  return stages.map(({ name, reads, writes, reportsOnly }) => {
    const needed = reportsOnly ? [{ artefact: writes[0], from: name }] : reads;
    const states = needed.map(({ artefact: { path }, from }): PlannedRead => {
      const isMadeHere = typeof from !== "string";
      const madeBy = isMadeHere ? itself : from;
      if (written.has(path)) return { path, madeBy, state: "written above" };
      if (existsSync(path) && !(isMadeHere && force)) return { path, madeBy, state: "on disk" };
      return { path, madeBy, state: isMadeHere ? "made" : "missing" };
    });
    const left = reportsOnly ? [] : writes.map(({ path }) => path);
    for (const path of left) written.add(path);
    for (const { path, state } of states) if (state === "made") written.add(path);
    return { stage: name, reads: states, writes: left };
  });
}
