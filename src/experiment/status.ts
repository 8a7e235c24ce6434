import { join } from "node:path";
import { lockHolder } from "../files/lock.js";
import { readRunRecord } from "../store/run-record.js";
import type { Artefact } from "../workflow/artefact.js";
import { type ArtefactState, artefactState } from "../workflow/artefact-state.js";
import { artefactPaths } from "./artefact-names.js";
import { artefactsOf, cleanBaseArtefact } from "./artefacts.js";
import type { RunConfig } from "./run-config.js";

export interface Status {
  readonly resultsDir: string;
  /** The living process that runs this experiment. */
  readonly running: string | undefined;
  readonly latestRun: Awaited<ReturnType<typeof readRunRecord>>;
  readonly artefacts: readonly { readonly artefact: Artefact; readonly state: ArtefactState }[];
}

/** What an experiment has left on disk so far. Reads no arrays but lists of samples, and no dataset. */
export async function readStatus(config: RunConfig): Promise<Status> {
  const { resultsDir } = artefactPaths(config);
  const artefacts = [];
  for (const artefact of await allArtefacts(config))
    artefacts.push({ artefact, state: await artefactState(artefact) });
  return {
    resultsDir,
    running: await lockHolder(join(resultsDir, "run.lock")),
    latestRun: await readRunRecord(resultsDir),
    artefacts,
  };
}

/** In the order in which they are made. The poisoned models are those of --epochs, --ep_bl_base and --ep_sl_base. */
async function allArtefacts(config: RunConfig): Promise<Artefact[]> {
  const { cleanModel, poisonedModel, ...later } = artefactsOf(config);
  const { features, increments, excluded, retrainedModel, retrainControl } = later;
  const trained = new Set([config.epochs, config.epBlBase, config.epSlBase].filter((epochs) => epochs > 0));
  const models = [...trained].flatMap((epochs) => {
    const { model, optimizer } = poisonedModel(epochs);
    return [model, optimizer];
  });
  const base = await cleanBaseArtefact(config);
  return [base, cleanModel, ...models, features, increments, excluded, retrainedModel, retrainControl];
}
