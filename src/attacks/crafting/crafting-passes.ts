/*
 * What crafting costs, in forward passes of one image through the network; a backward pass costs as much for the images
 * and as much again for the weights. Loads no array library: a plan reads it.
 */
import type { OptionsOf } from "../../config/attack-options.js";

/**
 * Of one image. gradient: forward, and back to the weights; imageGradient: forward, and back to the image; step: Sleeper
 * Agent's, a gradient and two image gradients.
 */
export const passes = { gradient: 3, imageGradient: 2, step: 7 } as const;

/** PGD. */
export const labelConsistentPasses = (poisons: number, { steps }: Pick<OptionsOf<"lc">, "steps">): number =>
  poisons * steps * passes.imageGradient;

/** When no batch comes close enough before its last step; the trial of step lengths is small beside it. */
export const hiddenTriggerPasses = (
  poisons: number,
  { iterations }: Pick<OptionsOf<"ht">, "iterations">,
): number => poisons * iterations * passes.imageGradient;

/** Through the surrogate network: its training, its tuning to the target class, and the rounds that make the trigger. */
export const narcissusPasses = (
  images: { readonly outside: number; readonly targetClass: number },
  options: Pick<OptionsOf<"narcissus">, "surrogate_epochs" | "warmup_epochs" | "rounds">,
): number =>
  (images.outside + images.targetClass) * options.surrogate_epochs * passes.gradient +
  images.targetClass * (options.warmup_epochs * passes.gradient + options.rounds * passes.imageGradient);

interface SleeperAgentImages {
  readonly poisons: number;
  /** Of which the poisons are chosen. */
  readonly candidates: number;
  /** Patched source images. */
  readonly triggers: number;
  /** The whole training set. */
  readonly train: number;
}
type SleeperAgentSettings = Pick<OptionsOf<"sa">, "iterations" | "segments" | "restarts" | "retrain_epochs">;

export function sleeperAgentPasses(images: SleeperAgentImages, settings: SleeperAgentSettings): number {
  const { iterations, restarts, retrain_epochs } = settings;
  const retrainings = retrainingSteps(settings).size;
  const choosing = images.poisons < images.candidates ? images.candidates : 0;
  const measuring = (1 + restarts) * images.poisons + images.triggers;
  const targets = restarts * (1 + retrainings) * images.triggers;
  const training = restarts * retrainings * retrain_epochs * images.train;
  const steps = restarts * iterations * images.poisons;
  return (choosing + measuring + targets + training) * passes.gradient + steps * passes.step;
}

/** Steps before which Sleeper Agent trains a network anew: the starts of all segments but the first. */
export function retrainingSteps({
  iterations,
  segments,
}: Pick<SleeperAgentSettings, "iterations" | "segments">): ReadonlySet<number> {
  const starts = Array.from({ length: segments }, (_, i) => Math.floor((i * iterations) / segments));
  return new Set(starts.filter((step) => step > 0));
}
