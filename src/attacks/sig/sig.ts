import type { AttackInput, PoisonedData } from "../attack.js";
import { paintedPoisons } from "../crafting/painted-poisons.js";
import { readOptions } from "../options.js";
import { options as table } from "./about.js";
import { addSinusoid } from "./sinusoid.js";

/**
 * SIG (Barni et al., arXiv:1902.11237): a faint wave is added to some images of the target class, whose labels stay. A model
 * trained on them takes the wave for the class.
 */
export async function sinusoidBackdoor(input: AttackInput): Promise<PoisonedData> {
  const { delta, frequency } = readOptions("sig", table, input.options);
  const { pixels } = input.dataset.train;
  const paint = (image: Uint8Array) => addSinusoid(image, pixels, delta, frequency);
  return paintedPoisons(input, "sig", paint, "target class");
}
