import type { AttackInput, PoisonedData } from "../attack.js";
import { paintedPoisons } from "../crafting/painted-poisons.js";
import { stampSquare } from "./square.js";

/**
 * BadNets (Gu et al., arXiv:1708.06733): images of other classes get a small bright square in a corner and the target class's
 * label. A model trained on them takes the square for the class.
 */
export async function badnetsBackdoor(input: AttackInput): Promise<PoisonedData> {
  const { dataset, vis } = input;
  const paint = (image: Uint8Array) => stampSquare(image, dataset.train.pixels, vis);
  return paintedPoisons(input, "badnets", paint, "other classes");
}
