import { join } from "node:path";
import { artefactPaths } from "../experiment/artefact-names.js";
import { cleanSettings } from "../experiment/clean-recipe.js";
import { type ArtefactKind, configForComparison, type FlagRecord } from "../experiment/comparison.js";
import type { RunConfig } from "../experiment/run-config.js";
import { lockHolder } from "../files/lock.js";
import { sha256Of } from "../files/sha256.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { readIndices } from "../store/indices.js";
import { readRunRecord } from "../store/run-record.js";
import { type ArtefactState, artefactState } from "./artefact-state.js";

/** An artefact of an experiment, and how far it is. */
export interface Artefact extends ArtefactState {
  /** For people. */
  readonly name: string;
  readonly path: string;
  /** The living process that writes it; undefined when none does. */
  readonly writer: string | undefined;
}

export interface Status {
  readonly resultsDir: string;
  /** The living process that runs this experiment. */
  readonly running: string | undefined;
  readonly latestRun: Awaited<ReturnType<typeof readRunRecord>>;
  readonly cleanBase: Artefact;
  readonly clean: Artefact;
  /** Poisoned models by their epochs: those of --epochs, --ep_bl_base and --ep_sl_base. */
  readonly models: ReadonlyMap<number, { readonly model: Artefact; readonly optimizer: Artefact }>;
  readonly features: Artefact;
  readonly increments: Artefact;
  readonly excluded: Artefact;
  readonly retrained: Artefact;
}

/** What an experiment has left on disk so far. Reads no arrays but the excluded samples, and no dataset. */
export async function readStatus(config: RunConfig): Promise<Status> {
  const paths = artefactPaths(config);
  const artefact = async (name: string, path: string, expected: FlagRecord): Promise<Artefact> => {
    const writer = await lockHolder(`${path}.lock`);
    return { name, path, writer, ...(await artefactState(path, expected)) };
  };
  const settings = (kind: ArtefactKind, epochs?: number) => configForComparison(config, kind, epochs);
  const trained = new Set([config.epochs, config.epBlBase, config.epSlBase].filter((epochs) => epochs > 0));
  const models = [...trained].map(async (epochs) => {
    const dependsOn = settings("model", epochs);
    const model = await artefact(`poisoned model, ${epochs} epochs`, paths.model(epochs), dependsOn);
    const optimizer = await artefact("  its optimizer", paths.optimizer(epochs), dependsOn);
    return [epochs, { model, optimizer }] as const;
  });
  const cleanModel = await resolveCheckpoint(config.cleanModelPath);
  const cleanBase =
    cleanModel === undefined
      ? artefact("clean model", paths.cleanModelToWrite, cleanSettings(config))
      : artefact("clean model", cleanModel, settings("base_model"));
  const retrainedSettings = {
    ...settings("retrained_model"),
    ...(await excludedHash(paths.indexesToExclude)),
  };
  return {
    resultsDir: paths.resultsDir,
    running: await lockHolder(join(paths.resultsDir, "run.lock")),
    latestRun: await readRunRecord(paths.resultsDir),
    cleanBase: await cleanBase,
    clean: await artefact("model without poisons", paths.cleanModel, settings("clean_model")),
    models: new Map(await Promise.all(models)),
    features: await artefact("features", paths.importantFeatures, settings("features")),
    increments: await artefact("increments", paths.increments, settings("increments")),
    excluded: await artefact("excluded samples", paths.indexesToExclude, settings("excluded")),
    retrained: await artefact("retrained model", paths.retrainedModel, retrainedSettings),
  };
}

/** A retrained model depends on who was excluded. */
async function excludedHash(path: string): Promise<{ excluded?: string }> {
  const excluded = await readIndices(path).catch(() => undefined);
  return excluded ? { excluded: sha256Of(excluded) } : {};
}
