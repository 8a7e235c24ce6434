import { attacks } from "../attacks/registry.js";
import { initialise } from "../nn/init.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Experiment } from "./experiment.js";
import { newModel } from "./new-model.js";
import type { RunConfig } from "./run-config.js";

const trainsHeadOnly = ({ scenario, attack }: RunConfig): boolean =>
  scenario === "fine_tuning" && attacks[attack].trainsHeadOnly === true;

/** Leaves trainable what this run trains. */
export function freezeFor(config: RunConfig, model: Model): Model {
  if (trainsHeadOnly(config)) model.freezeBody();
  return model;
}

/**
 * The model that training starts from, owned by the caller: random weights from_scratch, the clean model for
 * fine_tuning. Where Hidden Trigger fine-tunes on 32x32 images, the clean model's head is replaced by a fresh one.
 * @param rng the training's stream
 */
export async function startingModel({ config, dataset, cleanBase }: Experiment, rng: Rng): Promise<Model> {
  if (config.scenario === "from_scratch") return newModel(config, dataset, rng);
  const model = freezeFor(config, await cleanBase.load(rng.fork("head")));
  if (trainsHeadOnly(config) && dataset.train.pixels.height === 32)
    initialise(model.headEntries, rng.fork("head"));
  return model;
}
