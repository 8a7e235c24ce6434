import { configForComparison, flagRecord } from "../config/comparison.js";
import type { Manifest, Origin } from "../store/manifest.js";
import { programVersion } from "../version.js";
import type { StageContext } from "./context.js";
import { checkOrigin } from "./model-artefacts.js";

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
  kind: "features" | "increments",
): void {
  const made = { config: JSON.stringify(origin.config), dataset: origin.datasetFingerprint };
  const stage = { features: "--batch_level", increments: "--sample_level" }[kind];
  const expected = configForComparison(context.config, kind);
  checkOrigin(path, made, expected, context.dataset.fingerprint, `run ${stage} again with these`);
}
