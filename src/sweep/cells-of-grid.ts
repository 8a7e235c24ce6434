import type { FlagName } from "../experiment/flags/flags.js";
import type { Choices, FlagSet, FlagValue, Grid } from "./grid.js";
import { type Reported, reportedSchema } from "./reported.js";

/** A cell before it has its folders. */
export interface CellDraft {
  /** Its choices, e.g. "pr_tgt 0.1, pr_sus 50"; the same for all seeds. */
  readonly label: string;
  readonly seed?: number;
  readonly flags: FlagSet;
  readonly reported?: Reported;
  /** Why it cannot be run. */
  readonly impossible?: string;
}

export type Scale = "full" | "small";

/** One choice an axis: what the label says of it, and its flags. */
interface Point {
  readonly names: readonly string[];
  readonly flags: FlagSet;
}

/**
 * The cells of a grid in its order, the seeds of one after the other.
 * @param extra flags that count for more than the grid's
 */
export function cellsOfGrid(grid: Grid, scale: Scale, extra: FlagSet = {}): CellDraft[] {
  const products = grid.grid === undefined ? [{}] : Array.isArray(grid.grid) ? grid.grid : [grid.grid];
  const seeds =
    typeof grid.seeds === "number" ? Array.from({ length: grid.seeds }, (_, i) => i + 1) : grid.seeds;
  return products.flatMap(pointsOf).flatMap((point) => {
    const cell = cellAt(grid, point, scale, extra);
    if (seeds === undefined) return [cell];
    return seeds.map((seed) => ({ ...cell, seed, flags: { ...cell.flags, global_seed: seed } }));
  });
}

function pointsOf(product: Readonly<Record<string, Choices>>): Point[] {
  let points: Point[] = [{ names: [], flags: {} }];
  for (const [axis, choices] of Object.entries(product)) {
    const along = choicesOf(axis, choices);
    points = points.flatMap(({ names, flags }) =>
      along.map((choice) => ({
        names: [...names, ...choice.names],
        flags: { ...flags, ...choice.flags },
      })),
    );
  }
  return points;
}

function choicesOf(axis: string, choices: Choices): Point[] {
  if (!Array.isArray(choices))
    return Object.entries(choices).map(([name, flags]) => ({ names: [name], flags }));
  return choices.map((choice) =>
    typeof choice === "object"
      ? { names: namesOf(choice), flags: choice }
      : { names: [`${axis} ${choice}`], flags: { [axis]: choice } },
  );
}

/** How long and on how much a network is trained rarely tells sets of flags apart. */
const unnamed = /^(attack_opt|clean_model_path|lr|bs.*|ep_.*|limit_per_class)$/;

const namesOf = (flags: FlagSet): string[] =>
  Object.entries(flags)
    .filter(([name]) => !unnamed.test(name))
    .map(([name, value]) => `${name} ${value}`);

function cellAt(grid: Grid, { names, flags: chosen }: Point, scale: Scale, extra: FlagSet): CellDraft {
  const small = scale === "small" ? smallFlags(grid, chosen) : {};
  const own = { ...grid.flags, ...chosen };
  const { clean_model_path: _, ...withoutCleanModel } = own;
  const flags: FlagSet = { ...(scale === "small" ? withoutCleanModel : own), ...small, ...extra };
  const numberOf = (name: FlagName, unset: number) => Number(flags[name] ?? unset);
  /** Of the target class in the suspect set. */
  const share = numberOf("pr_tgt", 0.1) * (100 / numberOf("pr_sus", 100));
  const isCrowded = share > (grid.sample_from_test_above ?? 1);
  const reported = grid.reported?.find((row) =>
    Object.entries(chosen).every(([name, value]) => row[name] === value),
  );
  return {
    label: names.join(", ") || (grid.title ?? "all"),
    flags: isCrowded ? { ...flags, sample_from_test: true } : flags,
    ...(reported && { reported: reportedSchema.parse(reported) }),
    ...(share > 1 + 1e-9 && { impossible: "the class is too small for so many clean suspects" }),
  };
}

function smallFlags({ small = {}, flags: common }: Grid, chosen: FlagSet): FlagSet {
  const attack = String(chosen.attack ?? common.attack);
  const entries = Object.entries(small).flatMap(([name, value]): [string, FlagValue][] => {
    if (typeof value !== "object" || Array.isArray(value)) return [[name, value]];
    return attack in value ? [[name, value[attack]]] : [];
  });
  return Object.fromEntries(entries);
}
