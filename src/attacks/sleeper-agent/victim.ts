import type { Model } from "../../nn/model.js";
import { createRng, type Rng } from "../../random/rng.js";
import type { SavedState } from "../../store/resumable.js";
import { groupOf } from "../../store/state-dict.js";
import { type CraftingProgress, wholeFact } from "../crafting/crafting-progress.js";
import { passes } from "../crafting/passes.js";
import { type Crafting, targetGradient, withPoisons } from "./crafting.js";
import { disposeVector, type ParameterVector } from "./parameter-gradient.js";
import { retrainedModel } from "./retrained-model.js";

/** The network that the poisons are made for at a moment, and where their gradient should point there. */
export interface Victim {
  readonly model: Model;
  readonly target: ParameterVector;
  /** Step before which it was trained; 0: the clean model. */
  readonly since: number;
}

/** The clean model, or the one that was kept. */
export async function firstVictim(crafting: Crafting, saved: SavedState | undefined): Promise<Victim> {
  const { input, clean } = crafting;
  const since = saved ? wholeFact(saved.facts, "victim") : 0;
  if (!saved || since === 0) return { model: clean, target: await targetGradient(crafting, clean), since: 0 };
  const model = input.newModel(createRng("unset"));
  try {
    model.loadStateDict(groupOf(saved.state, "victim"));
    return { model, target: await targetGradient(crafting, model), since };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** A network trained anew on the poisons as they are. */
export async function retrainedVictim(
  crafting: Crafting,
  poisons: { poisonIds: Int32Array; images: Uint8Array },
  { step, rng, kept }: { step: number; rng: Rng; kept: CraftingProgress },
): Promise<Victim> {
  const { input, clean, settings, done } = crafting;
  const { pixels, labels } = input.dataset.train;
  const model = await retrainedModel(input, clean, {
    set: { pixels: withPoisons(pixels, poisons), labels },
    epochs: settings.retrain_epochs,
    rng,
    onBatch: (count) => done(count * passes.gradient, "retraining"),
    progress: kept,
  });
  try {
    return { model, target: await targetGradient(crafting, model), since: step };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The clean model stays with its owner. */
export function release({ clean }: Crafting, { model, target }: Victim): void {
  disposeVector(target);
  if (model !== clean) model.dispose();
}
