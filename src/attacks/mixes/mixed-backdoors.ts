import { replacedPixels } from "../../datasets/pixels.js";
import { indicesOfClass } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import type { AttackInput, PoisonedData } from "../attack.js";
import { drawPoisons, poisonCount } from "../crafting/draw-poisons.js";
import { triggeredTest } from "../crafting/triggered-test.js";
import { cornerStamp, labelConsistentPoisons } from "../label-consistent/label-consistent.js";
import { narcissusOptions, narcissusTest } from "../narcissus/narcissus.js";
import { narcissusTrigger } from "../narcissus/trigger.js";
import { withPoisons } from "../sleeper-agent/crafting.js";
import { sleeperAgentTest } from "../sleeper-agent/patch.js";
import { sleeperAgentPoisons } from "../sleeper-agent/poisons.js";
import { type PartName, partSettings } from "./about.js";

/** The input of one part. */
function partInput(input: AttackInput, name: PartName): AttackInput {
  const { share, eps255, options } = partSettings({
    share: input.poisonShareOfTargetClass,
    options: input.options,
  })[name];
  return {
    ...input,
    poisonShareOfTargetClass: share,
    eps255,
    options,
    rng: input.rng.fork(name),
    // Only all parts' poisons together say whether the class suffices.
    onPoisonsChosen: () => {},
  };
}

/**
 * Several backdoors for one target class in one training set. The parts' poisons are chosen one after the other, each from
 * the images of the class that no other part has taken, and all go through one pipeline: an image crafted or stamped, noise
 * added, then the same augmentation as every other image.
 * @param name of the mix, for lines to the user
 * @param parts lc and narcissus, and sa or not
 */
export async function mixedBackdoors(
  name: string,
  parts: readonly PartName[],
  input: AttackInput,
): Promise<PoisonedData> {
  const { dataset, targetClass, reporter } = input;
  const [lc, narcissus, sa] = (["lc", "narcissus", "sa"] as const).map((part) => partInput(input, part));
  const hasSleeperAgent = parts.includes("sa");
  checkRoom(input, [lc, narcissus, ...(hasSleeperAgent ? [sa] : [])]);

  const hidden = hasSleeperAgent ? await sleeperAgentPoisons(sa) : undefined;
  const taken = hidden ? [...hidden.poisonIds] : [];
  const lcIds = drawPoisons(lc, poisonCount(lc), taken);
  const narcissusIds = drawPoisons(narcissus, poisonCount(narcissus), [...taken, ...lcIds]);
  const all = Int32Array.from([...taken, ...lcIds, ...narcissusIds]).sort();
  input.onPoisonsChosen(all);
  reporter.info(
    `${name}: ${lcIds.length} lc poisons (eps ${lc.eps255}), ${narcissusIds.length} narcissus (eps ${narcissus.eps255})${
      hidden ? `, ${taken.length} sa (eps ${sa.eps255})` : ""
    }`,
  );

  const stamped = await labelConsistentPoisons(lc, lcIds);
  const ownOptions = narcissusOptions(narcissus);
  const pattern = await narcissusTrigger(narcissus, ownOptions, narcissus.eps255);
  const { pixels, labels } = dataset.train;
  const crafted = replacedPixels(hidden ? withPoisons(pixels, hidden) : pixels, stamped);
  return {
    train: {
      pixels: crafted,
      labels,
      noise: { pattern, strength: 1, rows: new Set(narcissusIds) },
    },
    poisonIds: {
      lc: lcIds,
      narcissus: narcissusIds,
      ...(hidden ? { sa: hidden.poisonIds } : {}),
    },
    triggeredTests: {
      lc: triggeredTest(dataset.test, targetClass, cornerStamp(lc)),
      narcissus: narcissusTest(narcissus, ownOptions, pattern),
      ...(hidden ? { sa: sleeperAgentTest(sa) } : {}),
    },
  };
}

/** @throws UserError when the parts ask for more poisons than the class has images */
function checkRoom({ dataset, targetClass }: AttackInput, parts: readonly AttackInput[]): void {
  const size = indicesOfClass(dataset.train.labels, targetClass).length;
  const counts = parts.map((part) => poisonCount(part));
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  if (wanted <= size) return;
  throw new UserError(
    `The parts of the mix poison ${counts.join(" + ")} images; class ${targetClass} has ${size}.`,
    "Use a smaller --pr_tgt, or --attack_opt narcissus.ratio or sa.ratio.",
  );
}
