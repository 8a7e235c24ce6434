import { attacks } from "../attacks/registry.js";
import { asRecorded } from "../training/recipe.js";
import { type FlagName, flagNames } from "./flags/flags.js";
import type { RunConfig } from "./run-config.js";

type FlagValue = string | number | boolean | null | undefined | Readonly<Record<string, string | number>>;

/** Flags by their own names, as they stand in `config.json` and in manifests. */
export type FlagRecord = Readonly<Record<string, FlagValue>>;

/** `pr_tgt` is `prTgt`, `k_1` is `k1`; `attack_opt` alone becomes a plural. */
const fieldOf = (name: FlagName): keyof RunConfig =>
  (name === "attack_opt"
    ? "attackOpts"
    : name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())) as keyof RunConfig;

const fields = flagNames.map((name) => [name, fieldOf(name)] as const);

/** Every flag's value; null where a flag without default was not given. */
export const flagRecord = (config: RunConfig): FlagRecord =>
  Object.fromEntries(fields.map(([name, field]) => [name, config[field] ?? null]));

/** The same as an artefact records them. */
export const recordedFlags = (config: RunConfig): FlagRecord => asRecorded(flagRecord(config));

/** What an artefact is, to decide which flags it depends on. */
export type ArtefactKind =
  | "base_model"
  | "clean_model"
  | "model"
  | "features"
  | "increments"
  | "excluded"
  | "retrained_model";

const network = ["dataset", "limit_per_class", "model"] as const satisfies readonly FlagName[];
/** Which images are poisoned, and how. */
const poisoning = [
  "attack",
  "attack_opt",
  "pr_tgt",
  "eps",
  "target_class",
  "global_seed",
] as const satisfies readonly FlagName[];
const training = [
  "scenario",
  "bs",
  "opt",
  "lr",
  "training_mode",
  "precision",
] as const satisfies readonly FlagName[];
const batchLevel = [
  "pr_sus",
  "ep_bl",
  "ep_bl_base",
  "bs_bl",
  "sample_from_test",
  "k_1",
  "max_features",
] as const satisfies readonly FlagName[];
const sampleLevel = ["ep_sl", "ep_sl_base", "bs_sl"] as const satisfies readonly FlagName[];
const scoring = ["cv_model", "groups", "k_2", "threshold_type"] as const satisfies readonly FlagName[];

function relevantFlags(config: RunConfig, kind: ArtefactKind): readonly FlagName[] {
  if (kind === "base_model") return network;
  const trained = [...network, ...poisoning, ...attacks[config.attack].flags, ...training];
  const captured = [...trained, ...batchLevel];
  const scored = [...captured, ...sampleLevel, ...scoring];
  // The threshold counts only where it decides.
  const excluded: readonly FlagName[] = config.thresholdType === "custom" ? [...scored, "threshold"] : scored;
  switch (kind) {
    case "model":
    case "clean_model":
      return [...trained, "epochs"];
    case "features":
      return captured;
    case "increments":
      return [...captured, ...sampleLevel];
    case "excluded":
      return excluded;
    case "retrained_model":
      return [...(config.excludeList === undefined ? excluded : trained), "epochs"];
  }
}

/**
 * The flags an artefact depends on: one made with other values is another artefact, even under the same name.
 * `base_model` is the clean model of `--clean_model_path`, which may come from anywhere: only the network must fit.
 * @param epochs what a model was trained for, where that is not `--epochs`
 */
export function configForComparison(
  config: RunConfig,
  kind: ArtefactKind,
  epochs = config.epochs,
): FlagRecord {
  const all: FlagRecord = { ...recordedFlags(config), epochs };
  return Object.fromEntries(relevantFlags(config, kind).map((name) => [name, all[name]]));
}
