import { stat } from "node:fs/promises";
import { type Manifest, type Origin, readManifest } from "../store/manifest.js";
import { programVersion } from "../version.js";
import { configForComparison, flagRecord } from "./comparison.js";
import type { StageContext } from "./context.js";
import { removeOldProgress } from "./progress.js";
import { checkOrigin } from "./recorded-settings.js";

type CaptureKind = "features" | "increments";

/** What an array group of this run is made from. */
export const originOf = ({ config, dataset, engine }: StageContext): Origin => ({
  config: JSON.parse(JSON.stringify(flagRecord(config))) as Origin["config"],
  seed: config.globalSeed,
  datasetFingerprint: dataset.fingerprint,
  engine: engine.description,
  codeVersion: programVersion,
});

/** @throws UserError when an array group was made under other settings than this run's */
export function checkManifest(
  context: StageContext,
  path: string,
  { origin }: Manifest,
  kind: CaptureKind,
): void {
  const made = { config: JSON.stringify(origin.config), dataset: origin.datasetFingerprint };
  const stage = { features: "--batch_level", increments: "--sample_level" }[kind];
  const expected = configForComparison(context.config, kind);
  checkOrigin(path, made, expected, context.dataset.fingerprint, `${stage} --force to capture it with these`);
}

/**
 * The manifest of a capture that this run need not repeat, after saying so; undefined when it has to be made.
 * @throws UserError when what is there was made under other settings
 */
export async function finishedCapture(
  context: StageContext,
  kind: CaptureKind,
): Promise<Manifest | undefined> {
  const path = { features: context.paths.importantFeatures, increments: context.paths.increments }[kind];
  if (context.config.force || (await stat(path).catch(() => undefined)) === undefined) return undefined;
  const manifest = await readManifest(path);
  checkManifest(context, path, manifest, kind);
  await removeOldProgress(path);
  context.reporter.info(`${path} is there already (--force captures it again)`);
  return manifest;
}
