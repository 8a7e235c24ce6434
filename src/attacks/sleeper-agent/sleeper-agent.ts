import type { AttackInput, PoisonedData } from "../attack.js";
import { withPoisons } from "./crafting.js";
import { sleeperAgentTest } from "./patch.js";
import { sleeperAgentPoisons } from "./poisons.js";

/**
 * Sleeper Agent (Souri et al., arXiv:2106.08970): a hidden-trigger backdoor. Images of the target class are changed so
 * that training on them moves the weights as training on patched images of the source class, labelled as the target
 * class, would; the patch itself is in no training image.
 */
export async function sleeperAgentBackdoor(input: AttackInput): Promise<PoisonedData> {
  const { pixels, labels } = input.dataset.train;
  const poisons = await sleeperAgentPoisons(input);
  return {
    train: { pixels: withPoisons(pixels, poisons), labels },
    poisonIds: { sa: poisons.poisonIds },
    triggeredTests: { sa: sleeperAgentTest(input) },
  };
}
