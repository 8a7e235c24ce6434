import { z } from "zod";

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const flags = z.record(z.string(), value);
/** Options of `--attack_opt`, of every attack or by attack. */
const attackOpt = z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]);
const pair = z.tuple([z.number(), z.number()]).optional();

/** A table: flags common to all its cells, and a grid of flags that every cell takes one combination of. */
export const tableSchema = z.strictObject({
  title: z.string(),
  flags,
  /** By flag; `variant` lists sets of flags. */
  grid: z.record(z.string(), z.array(z.union([z.string(), z.number(), flags]))),
  /** What the original reported, in percent: ACC and ASR before and after, TPR and FPR of the thresholds. */
  reported: z.array(z.looseObject({ before: pair, kmeans: pair, gaussian: pair, after: pair })),
  /** Flags of `--scale small`. */
  small: z.looseObject({ attack_opt: attackOpt.optional() }),
});
export type Table = z.infer<typeof tableSchema>;
type Flags = Readonly<Record<string, z.infer<typeof value>>>;
export type Reported = Table["reported"][number];

/** One cell of a table. */
export interface Cell {
  /** What tells it from the others, e.g. "pr_tgt 0.1, pr_sus 50". */
  readonly label: string;
  /** The label as a folder's name. */
  readonly folder: string;
  readonly flags: Flags;
  readonly reported: Reported | undefined;
  /** Why it cannot be run. */
  readonly impossible?: string;
}

/** Share of the target class above which too few clean images are left in it for the clean groups. */
const crowded = 0.7;

/** Every cell of a table, in the order of its grid. */
export function cellsOf(table: Table, scale: "full" | "small"): Cell[] {
  let points: Flags[] = [{}];
  for (const [name, choices] of Object.entries(table.grid)) {
    points = points.flatMap((point) =>
      choices.map((choice) => ({ ...point, ...(typeof choice === "object" ? choice : { [name]: choice }) })),
    );
  }
  return points.map((point) => cellAt(table, point, scale));
}

function cellAt(table: Table, point: Flags, scale: "full" | "small"): Cell {
  const named = Object.entries(point)
    .filter(([name]) => !/^(attack_opt|clean_model_path|lr|bs.*|ep_.*|limit_per_class)$/.test(name))
    .map(([name, chosen]) => `${name} ${chosen}`);
  const reported = table.reported.find((row) =>
    Object.entries(point).every(([name, chosen]) => row[name] === chosen),
  );
  const flags: Flags = { ...table.flags, ...point, ...(scale === "small" ? smallFlags(table, point) : {}) };
  const share = Number(flags.pr_tgt) * (100 / Number(flags.pr_sus));
  const cell = {
    label: named.join(", "),
    folder: named.join("_").replaceAll(" ", "_"),
    flags: share > crowded ? { ...flags, sample_from_test: true } : flags,
    reported,
  };
  if (share <= 1 + 1e-9) return cell;
  return { ...cell, impossible: "the class is too small for so many clean suspects" };
}

function smallFlags({ small, flags: common }: Table, point: Flags): Flags {
  const { attack_opt: options, ...others } = small;
  const attack = String(point.attack ?? common.attack);
  const chosen = Array.isArray(options) ? options : options?.[attack];
  return { ...flags.parse(others), ...(chosen ? { attack_opt: chosen } : {}) };
}

/** Flags as the command line takes them. */
export const asArguments = (given: Flags): string[] =>
  Object.entries(given).flatMap(([name, chosen]) => {
    if (chosen === true) return [`--${name}`];
    if (chosen === false) return [];
    return (Array.isArray(chosen) ? chosen : [chosen]).flatMap((one) => [`--${name}`, String(one)]);
  });
