import { isAbsolute, join, relative, resolve } from "node:path";
import { z } from "zod";
import type { OptionTable } from "../attacks/options.js";
import { attacks } from "../attacks/registry.js";
import { cleanSettings } from "../experiment/clean-recipe.js";
import { configForComparison, flagRecord } from "../experiment/comparison.js";
import { type FlagName, flagNames, flags as flagTable, type RawFlags } from "../experiment/flags/flags.js";
import { parseRunConfig, type RunConfig } from "../experiment/run-config.js";
import { stageNames } from "../experiment/stage-names.js";
import { sha256OfJson } from "../files/sha256.js";
import type { CellDraft } from "./cells-of-grid.js";
import type { FlagSet, FlagValue } from "./grid.js";
import { reportedSchema } from "./reported.js";

const flagSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** A line of a list of cells. */
export const cellSchema = z.object({
  /** Hash of its settings, and its folder's name. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  label: z.string(),
  seed: z.int().optional(),
  /** All flags of its run; relative paths are seen from the sweep's folder. */
  flags: flagSchema,
  reported: reportedSchema.optional(),
  impossible: z.string().optional(),
});
/** One run of a sweep. */
export type Cell = Readonly<z.infer<typeof cellSchema>>;

/** Its name for people. */
export const nameOf = ({ label, seed }: Pick<Cell, "label" | "seed">): string =>
  seed === undefined ? label : `${label}, seed ${seed}`;

/** What a cell leaves of its own. @param sweep the sweep's folder; without it paths are seen from there */
export const cellPaths = ({ id }: Pick<Cell, "id">, sweep = "") => {
  const folder = join(sweep, "cells", id);
  return {
    folder,
    state: join(folder, "state.json"),
    lock: join(folder, "cell.lock"),
    results: join(folder, "results"),
    log: join(folder, "log.jsonl"),
  };
};

/** Flags that say where a run lies and how it is watched, not what comes out of it. */
const noSettings: readonly FlagName[] = [
  ...stageNames,
  "get_result",
  "force",
  "plan",
  "dataset_dir",
  "exp",
  "figure_path",
  "prov_path",
  "saved_models_path",
  "report_dir",
  "log_file",
  "quiet",
  "verbose",
  "gpu_id",
  "checkpoint_seconds",
];

/**
 * Gives a cell its name and its folders. What cells can share they do: each folder of models is named by a hash of what its files
 * depend on beside what their names say.
 * @param folders the working folder, whence the grid's relative paths are seen, and the sweep's
 * @throws UserError when its flags make no run
 */
export function completeCell(
  draft: CellDraft,
  stages: readonly string[],
  folders: { readonly working: string; readonly sweep: string },
): Cell {
  const { flags, ...rest } = draft;
  const staged = { ...flags, ...Object.fromEntries(stages.map((stage) => [stage, true])) };
  const config = parseRunConfig(rawFlags(staged));
  const id = shortHash(settingsOf(config, flags));
  const { folder, log } = cellPaths({ id });
  const cleanModel = join("shared", "clean_models", `${shortHash(cleanSettings(config))}.safetensors`);
  const given = { dataset_dir: "datasets", ...staged };
  return {
    id,
    ...rest,
    flags: {
      clean_model_path: cleanModel,
      ...withPathsFrom(folders.sweep, folders.working, given, attacks[config.attack].options),
      saved_models_path: join("shared", "models", shortHash(modelSettings(config))),
      prov_path: join(folder, "provenance"),
      figure_path: folder,
      exp: "results",
      log_file: log,
    },
  };
}

/** @throws UserError when they make no run */
export const configOfCell = ({ flags }: Pick<Cell, "flags">): RunConfig => parseRunConfig(rawFlags(flags));

const shortHash = (value: unknown): string => sha256OfJson(value).slice(0, 12);

const standardFlags = flagRecord(parseRunConfig({ poisoned_training: true }));

/** Those that are not the default's, so that a flag of a later version changes no hash. */
function settingsOf(config: RunConfig, given: FlagSet) {
  const settings = Object.entries(flagRecord(config)).filter(([name, value]) => {
    if (noSettings.some((other) => other === name)) return false;
    // A clean model that no grid names is the sweep's own.
    if (name === "clean_model_path") return given.clean_model_path !== undefined;
    return JSON.stringify(value) !== JSON.stringify(standardFlags[name]);
  });
  return Object.fromEntries(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What models depend on but for what every model's file name says. */
function modelSettings(config: RunConfig) {
  const { attack, dataset, eps, pr_tgt, pr_sus, epochs, ...others } = configForComparison(
    config,
    "retrained_model",
  );
  return { ...others, clean_model_path: config.cleanModelPath };
}

/** As the command line's parser hands them on. */
function rawFlags(flags: FlagSet): RawFlags {
  const typed = Object.entries(flags).flatMap(([name, value]): [string, string | true | string[]][] => {
    if (value === false) return [];
    const isList = isFlag(name) && "repeatable" in flagTable[name];
    if (value === true || Array.isArray(value)) return [[name, value]];
    return [[name, isList ? [String(value)] : String(value)]];
  });
  return Object.fromEntries(typed);
}

const isFlag = (name: string): name is FlagName => flagNames.some((flag) => flag === name);

/** Flags whose relative paths, seen from folder `from`, are seen from `to`. */
function withPathsFrom(to: string, from: string, flags: FlagSet, options: OptionTable): FlagSet {
  const moved = (path: string) =>
    path === "" || isAbsolute(path) ? path : relative(to, resolve(from, path)) || ".";
  const movedOption = (text: string) => {
    const at = text.indexOf("=");
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    return options[name]?.accepts === "path" ? `${name}=${moved(value)}` : text;
  };
  const entries = Object.entries(flags).map(([name, value]): [string, FlagValue] => {
    if (name === "attack_opt") return [name, [value].flat().map((option) => movedOption(String(option)))];
    const kind = isFlag(name) && "value" in flagTable[name] ? flagTable[name].value : "";
    return [name, kind === "<dir>" || kind === "<file>" ? moved(String(value)) : value];
  });
  return Object.fromEntries(entries);
}
