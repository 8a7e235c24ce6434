import { isDeepStrictEqual } from "node:util";
import { UserError } from "../errors.js";
import { type Cell, completeCell, nameOf } from "./cell.js";
import { cellsOfGrid, type Scale } from "./cells-of-grid.js";
import type { FlagSet, Grid } from "./grid.js";

/** What is asked of a grid. */
export interface Choice {
  readonly scale: Scale;
  /** Only the cells whose name contains this. */
  readonly only?: string;
  /** Flags that count for more than the grid's. */
  readonly extra?: FlagSet;
}

/** All but the clean training, which has no number in the paper's tables. */
const usualStages = ["poisoned_training", "batch_level", "sample_level", "score_samples", "retrain"];
const maxProblems = 8;

/**
 * The cells of a grid, each with its folders.
 * @param folders the working folder, whence the grid's relative paths are seen, and the sweep's
 * @throws UserError where the grid has no such scale; naming the cells whose flags make no run, or that cannot be told apart
 */
export function planCells(
  grid: Grid,
  { scale, only, extra = {} }: Choice,
  folders: { readonly working: string; readonly sweep: string },
): Cell[] {
  if (scale === "small" && grid.small === undefined)
    throw new UserError('The grid has no "small" flags.', 'Add them to it, or leave "--scale small" out.');
  checkNoAxis(grid, extra);
  const drafts = cellsOfGrid(grid, scale, extra).filter(
    (draft) => only === undefined || nameOf(draft).includes(only),
  );
  if (drafts.length === 0)
    throw new UserError(`No cell's name contains "${only}".`, "Leave --only out to see all.");
  const problems: string[] = [];
  const cells = drafts.flatMap((draft) => {
    try {
      return [completeCell(draft, grid.stages ?? usualStages, folders)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`${nameOf(draft)}: ${error.message} ${error.hint}`);
      return [];
    }
  });
  const distinct = withoutRepeats(cells, problems);
  if (problems.length === 0) return distinct;
  const more = problems.length > maxProblems ? [`and ${problems.length - maxProblems} more`] : [];
  const listed = [...problems.slice(0, maxProblems), ...more].map((problem) => `  - ${problem}`);
  throw new UserError(`The grid's cells cannot all be run:\n${listed.join("\n")}`, "Mend the grid.");
}

/** @throws UserError where cells would be called by what they are not */
function checkNoAxis(grid: Grid, extra: FlagSet): void {
  const axes = [grid.grid ?? []].flat().flatMap((product) => Object.keys(product));
  const axis = [...axes, ...(grid.seeds === undefined ? [] : ["global_seed"])].find((name) => name in extra);
  if (axis !== undefined)
    throw new UserError(`--${axis} is an axis of the grid.`, "Choose among its cells with --only.");
}

/** Products may overlap: the same cell once. @param problems added to where different ones look the same */
function withoutRepeats(cells: readonly Cell[], problems: string[]): Cell[] {
  const byId = new Map<string, Cell>();
  const byName = new Map<string, Cell>();
  for (const cell of cells) {
    const name = nameOf(cell);
    const [same, namesake] = [byId.get(cell.id), byName.get(name)];
    if (same === undefined && namesake !== undefined) {
      problems.push(`two cells are called "${name}": give the sets of flags names`);
    } else if (same !== undefined && !isDeepStrictEqual(same.flags, cell.flags)) {
      problems.push(`"${nameOf(same)}" and "${name}" differ in nothing that counts`);
    }
    if (same === undefined) byId.set(cell.id, cell);
    byName.set(name, cell);
  }
  return [...byId.values()];
}
