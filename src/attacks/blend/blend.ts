import { imageBytes } from "../../datasets/pixels.js";
import type { AttackInput, PoisonedData } from "../attack.js";
import { paintedPoisons } from "../crafting/painted-poisons.js";
import { readOptions } from "../options.js";
import { options as table } from "./about.js";
import { blendInto, noisePattern } from "./noise-pattern.js";

/**
 * Blended injection (Chen et al., arXiv:1712.05526): images of other classes are blended with one pattern of noise and get the
 * target class's label. A model trained on them takes the faint pattern for the class.
 */
export async function blendedBackdoor(input: AttackInput): Promise<PoisonedData> {
  const { alpha } = readOptions("blend", table, input.options);
  const pattern = noisePattern(imageBytes(input.dataset.train.pixels));
  return paintedPoisons(input, "blend", (image) => blendInto(image, pattern, alpha), "other classes");
}
