import { type GivenOptions, partOptions, readAttackOptions } from "../config/attack-options.js";
import { replacedPixels } from "../datasets/pixels.js";
import { indicesOfClass } from "../datasets/select.js";
import { UserError } from "../errors.js";
import type { Attack, AttackInput, PoisonedData } from "./attack.js";
import { drawPoisons, poisonCount } from "./crafting/draw-poisons.js";
import { triggeredTest } from "./label-consistent/corner-pattern.js";
import { cornerStamp, labelConsistentPoisons } from "./label-consistent/label-consistent.js";
import { narcissusTest } from "./narcissus/narcissus.js";
import { narcissusTrigger } from "./narcissus/trigger.js";
import { withPoisons } from "./sleeper-agent/crafting-task.js";
import { sleeperAgentTest } from "./sleeper-agent/patch.js";
import { sleeperAgentPoisons } from "./sleeper-agent/poisons.js";

type MixName = "narcissus_lc" | "narcissus_lc_sa";

/** What one part of a mix is made with; its share of the class and its bound are its own. */
function partInput(
  input: AttackInput,
  name: "lc" | "narcissus" | "sa",
  share: number,
  eps255: number,
  options: GivenOptions,
): AttackInput {
  return {
    ...input,
    poisonShareOfTargetClass: share,
    eps255,
    options: partOptions(name, options),
    rng: input.rng.fork(name),
    // Only all parts' poisons together say whether the class suffices.
    onPoisonsChosen: () => {},
  };
}

/**
 * Several backdoors for one target class in one training set. The parts' poisons are chosen one after the other, each from
 * the images of the class that no other part has taken, and all go through one pipeline: an image crafted or stamped, noise
 * added, then the same augmentation as every other image.
 */
function mix(name: MixName): Attack {
  return {
    prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
    async poison(input): Promise<PoisonedData> {
      const { dataset, targetClass, poisonShareOfTargetClass: share, reporter } = input;
      // The smaller mix lacks options of the larger one; both read the same table.
      const options = readAttackOptions("narcissus_lc_sa", input.options);
      const lc = partInput(input, "lc", share, options["lc.eps"], input.options);
      const narcissus = partInput(
        input,
        "narcissus",
        options["narcissus.ratio"],
        options["narcissus.eps"],
        input.options,
      );
      const sa = partInput(input, "sa", options["sa.ratio"], options["sa.eps"], input.options);
      const hasSleeperAgent = name === "narcissus_lc_sa";
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
      const pattern = await narcissusTrigger(
        narcissus,
        readAttackOptions("narcissus", narcissus.options),
        narcissus.eps255,
      );
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
          narcissus: narcissusTest(narcissus, readAttackOptions("narcissus", narcissus.options), pattern),
          ...(hidden ? { sa: sleeperAgentTest(sa) } : {}),
        },
      };
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

/** Two backdoors: label-consistent and Narcissus. */
export const narcissusLc = mix("narcissus_lc");
/** Three: Sleeper Agent as well. */
export const narcissusLcSa = mix("narcissus_lc_sa");
