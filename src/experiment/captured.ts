import type { Suspicion } from "../capture/suspicion.js";
import { exists } from "../files/exists.js";
import { sha256Of } from "../files/sha256.js";
import { type ArrayOrigin, type Manifest, readManifest, recordedOrigin } from "../store/manifest.js";
import { checkOrigin } from "../store/origin.js";
import { removeOldProgress } from "../training/training-progress.js";
import { programVersion } from "../version.js";
import { type Artefact, type Contents, originOf } from "../workflow/artefact.js";
import { recordedFlags } from "./comparison.js";
import type { Experiment } from "./experiment.js";

/** What an array group of this run records of its making. */
export async function arrayOrigin(
  { config, engine }: Experiment,
  artefact: Artefact,
  contents: Contents,
): Promise<ArrayOrigin> {
  const { inputs, via } = await originOf(artefact, contents);
  return {
    config: JSON.parse(JSON.stringify(recordedFlags(config))) as ArrayOrigin["config"],
    inputs: { ...via, ...inputs },
    seed: config.globalSeed,
    engine,
    codeVersion: programVersion,
  };
}

/** What is known once it is decided who is watched. */
export const withSuspicion = ({ digests, via }: Contents, { suspects, reference }: Suspicion): Contents => ({
  digests: { ...digests, suspects: sha256Of(JSON.stringify([[...suspects], [...reference]])) },
  via,
});

/** @throws UserError when an array group is of another origin than this run's */
export async function checkManifest(
  artefact: Artefact,
  manifest: Manifest,
  contents: Contents,
  stage: string,
): Promise<void> {
  const expected = await originOf(artefact, contents);
  const makeAgain = `--${stage} --force to capture it with these`;
  checkOrigin(artefact.path, recordedOrigin(manifest), expected, makeAgain);
}

/**
 * The manifest of a capture that this run need not repeat, after saying so; undefined when it has to be made.
 * @throws UserError when what is there is of another origin
 */
export async function finishedCapture(
  { config, run }: Experiment,
  artefact: Artefact,
  contents: Contents,
  stage: string,
): Promise<Manifest | undefined> {
  const { path } = artefact;
  if (config.force || !(await exists(path))) return undefined;
  const manifest = await readManifest(path);
  await checkManifest(artefact, manifest, contents, stage);
  await removeOldProgress(path);
  run.reporter.info(`${path} is there already (--force captures it again)`);
  return manifest;
}
