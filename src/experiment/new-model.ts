import type { Dataset } from "../datasets/image-set.js";
import { createModel } from "../models/create-model.js";
import type { Model } from "../nn/model.js";
import { createRng, type Rng } from "../random/rng.js";
import type { RunConfig } from "./run-config.js";

/** A network of the run's kind with fresh weights. @param rng the stream of its training; needless where a state is loaded */
export function newModel(
  { model }: RunConfig,
  { train, classNames }: Dataset,
  rng: Rng = createRng("unset"),
): Model {
  const { height, width, channels } = train.pixels;
  return createModel(model, {
    classes: classNames.length,
    inputShape: [height, width, channels],
    rng: rng.fork("weights"),
  });
}
