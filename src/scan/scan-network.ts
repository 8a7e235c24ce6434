import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { createModel } from "../models/create-model.js";
import type { Model } from "../nn/model.js";
import { createRng } from "../random/rng.js";
import type { Run } from "../run.js";
import { asRecorded } from "../training/recipe.js";
import { trainResumably } from "../training/resumable-training.js";
import { loadModel } from "../training/saved-model.js";
import type { ScanOptions } from "./options.js";
import type { ScanData } from "./scan-data.js";

/** Where it is kept, in `--out`. */
export const networkFile = "network.safetensors";

type TrainingOptions = Pick<
  ScanOptions,
  "model" | "epochs" | "bs" | "lr" | "global_seed" | "checkpoint_seconds"
> &
  Partial<Pick<ScanOptions, "precision">>;

/**
 * A network trained on suspects and trusted images together, alike and as often: one that the network was not trained on
 * would differ for that reason alone. Loaded where it is there, else trained, going on where a training was stopped.
 * @returns owned by the caller
 */
export async function scanNetwork(
  path: string,
  { subject, classes, images }: Pick<ScanData, "subject" | "classes" | "images">,
  options: TrainingOptions,
  run: Run,
): Promise<Model> {
  const { height, width, channels } = subject.images.pixels;
  const { model, epochs, bs, lr, global_seed, precision } = options;
  const settings = asRecorded({ model, epochs, bs, lr, global_seed, precision });
  const origin = { settings, inputs: { images } };
  const rng = createRng(global_seed).fork("scan");
  const fresh = () =>
    createModel(model, {
      classes: classes.length,
      inputShape: [height, width, channels],
      rng: rng.fork("weights"),
    });
  if (await exists(path)) {
    run.reporter.info(`network: ${path} is there already`);
    return loadModel(path, fresh(), { origin }).catch(adviseAnotherOut);
  }
  return trainResumably(
    {
      name: "scan",
      path,
      origin,
      data: { ...subject, set: subject.images, ids: subject.trainIds },
      recipe: { epochs, batchSize: bs, optimizer: "sgd", learningRate: lr },
      trainingMode: true,
      rng,
      isForced: false,
      checkpointSeconds: options.checkpoint_seconds,
      start: async () => fresh(),
    },
    run,
  ).catch(adviseAnotherOut);
}

/** The flags that an experiment has for this are no flags of a scan. */
function adviseAnotherOut(error: unknown): never {
  if (!(error instanceof UserError && error.hint.includes("--force"))) throw error;
  throw new UserError(
    error.message,
    "Give the same data, trusted images, --size and flags of training, or another folder with --out.",
    { cause: error },
  );
}
