import { join } from "node:path";
import type { PoisonedData } from "../../src/attacks/attack.js";
import type { GivenOptions } from "../../src/attacks/options.js";
import { attacks } from "../../src/attacks/registry.js";
import { fingerprint } from "../../src/datasets/fingerprint.js";
import type { Dataset, ImageSet } from "../../src/datasets/image-set.js";
import { indicesOfClass, selectImages } from "../../src/datasets/select.js";
import { sha256OfFile } from "../../src/files/sha256.js";
import { createRng } from "../../src/random/rng.js";
import { type AttackName, baseOf, type CraftedAttack, countOf, isCrafted } from "./attack-names.js";
import { loadNetwork, newNetwork, weightsPath } from "./network.js";
import type { Finished, Run } from "./run.js";
import { makeSubject, type Planting, targetsOf } from "./subject.js";

/** Poisons that one of the product's attacks made of images of a study. */
export interface CraftedPoisons {
  /** uint8 [H, W, C] by row of the subject without poisons */
  readonly images: ReadonlyMap<number, Uint8Array>;
  /** Test images with the trigger, labelled with the target class. */
  readonly triggered: ImageSet;
}

/** Bounds of 255 and what is made lighter than the product's default, so that a crafting takes a minute or two. */
const crafting: Readonly<Record<CraftedAttack, { readonly eps255: number; readonly options: GivenOptions }>> =
  {
    lc: { eps255: 8, options: {} },
    sa: { eps255: 16, options: { segments: 1 } },
    ht: { eps255: 16, options: { iterations: 500 } },
  };

/**
 * The poisons of every crafted attack of a plan, made by the product's own code on the attacker's clean network; what was
 * made before is read from its folder. Trusted images are out of the attacker's reach.
 */
export async function craftedPoisons(
  dataset: Dataset,
  plan: Planting,
  attacker: Finished,
  run: Run,
): Promise<Map<AttackName, CraftedPoisons>> {
  const crafted = new Map<AttackName, CraftedPoisons>();
  const clean = makeSubject(dataset, { ...plan, poisons: 0 }, new Map(), new Map());
  const rows = Int32Array.from(clean.classes.flatMap(({ suspects }) => [...suspects]));
  const train = selectImages(clean.set, rows);
  const within = { ...dataset, train, fingerprint: fingerprint(train) };
  const numClasses = dataset.classNames.length;
  for (const [name, targetClass] of targetsOf(plan, numClasses)) {
    const base = baseOf(name);
    if (!isCrafted(base)) continue;
    const share = countOf(name, plan.poisons) / indicesOfClass(train.labels, targetClass).length;
    const poisoned = await craft(base, { dataset: within, targetClass, share }, attacker, plan, run);
    const ids = poisoned.poisonIds[base];
    crafted.set(name, {
      images: new Map(Array.from(ids, (id) => [rows[id], poisoned.train.pixels.read(id).slice()])),
      triggered: poisoned.triggeredTests[base],
    });
  }
  return crafted;
}

function craft(
  base: CraftedAttack,
  target: { readonly dataset: Dataset; readonly targetClass: number; readonly share: number },
  { folder, settings, subject }: Finished,
  { seed }: Planting,
  { datasetDir, reporter, signal }: Run,
): Promise<PoisonedData> {
  const { dataset, targetClass, share } = target;
  return attacks[base].poison({
    dataset,
    targetClass,
    sourceClass: (targetClass + 1) % dataset.classNames.length,
    poisonShareOfTargetClass: share,
    vis: 255,
    randomPlacement: false,
    ...crafting[base],
    cleanModel: () => loadNetwork(folder, settings, subject, settings.epochs),
    cleanModelHash: () => sha256OfFile(weightsPath(folder, settings.epochs)),
    newModel: () => newNetwork(settings, subject),
    rng: createRng(seed).fork(`study/attack/${base}`),
    onPoisonsChosen: () => {},
    datasetDir,
    cacheDir: join(folder, "poisons"),
    checkpointSeconds: 60,
    reporter,
    signal,
  });
}
