import { UserError } from "../errors.js";
import { newestOf, readResults, type StageResult } from "../experiment/results.js";
import { mapConcurrently } from "../files/map-concurrently.js";
import { type Cell, cellPaths } from "./cell.js";
import type { CellStatus } from "./sweep-status.js";

/** What became of a cell: its numbers when it ran to its end, else why there are none. */
export type Outcome =
  | { readonly cell: Cell; readonly measured: StageResult; readonly missing?: undefined }
  | { readonly cell: Cell; readonly measured?: undefined; readonly missing: string };

/** Result files read at a time. */
const readers = 32;

/** The numbers of all cells that are done. */
export const readOutcomes = (sweep: string, statuses: readonly CellStatus[]): Promise<Outcome[]> =>
  mapConcurrently(statuses, readers, async (status) => {
    const { cell } = status;
    if (status.condition !== "done") return { cell, missing: whyMissing(status) };
    try {
      const rows = await readResults(cellPaths(cell, sweep).results);
      if (rows.length === 0) return { cell, missing: "done, but its results are gone" };
      return { cell, measured: newestOf(rows) };
    } catch (error) {
      if (error instanceof UserError) return { cell, missing: error.message };
      throw error;
    }
  });

function whyMissing({ cell, condition, state, runner }: CellStatus): string {
  switch (condition) {
    case "impossible":
      return cell.impossible ?? "impossible";
    case "failed":
      return `failed: ${state?.reason ?? "no reason known"}`;
    case "stopped":
      return state?.reason ?? "stopped";
    case "running":
      return `running: ${runner}`;
    case "dead":
      return `its process ${state?.pid} on ${state?.host} died`;
    default:
      return "not run yet";
  }
}
