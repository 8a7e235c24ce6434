import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprint } from "../../src/datasets/fingerprint.js";
import { allIds } from "../../src/datasets/select.js";
import { writeFileAtomic } from "../../src/files/atomic-file.js";
import { sha256OfJson } from "../../src/files/sha256.js";
import { loadDataset } from "../../src/index.js";
import type { ScanData } from "../../src/scan/scan-data.js";
import { scanNetwork } from "../../src/scan/scan-network.js";
import { evaluate } from "../../src/training/evaluate.js";
import { type AttackName, baseOf, isCrafted, isPerturbing } from "./attack-names.js";
import { type CraftedPoisons, craftedPoisons } from "./crafted-poisons.js";
import { perturbationOf } from "./perturbations.js";
import { recompressed } from "./recompressed.js";
import { finishedNetwork, type Run } from "./run.js";
import { measuredAttacks } from "./settings.js";
import { makeSubject, type Planting, type StudySubject, targetsOf } from "./subject.js";

/** Images that are scanned, and the network that the scan trains on them. */
export interface ScanPlan extends Planting {
  readonly dataset: string;
  readonly model: "ResNet8";
  readonly epochs: number;
  readonly bs: number;
  readonly lr: number;
  /** Quality of the JPEG files that the images lie in, poisons like all others; undefined: they are as they were made. */
  readonly jpeg?: number;
}

/** What a scan is given, with what it does not know. */
export interface Scanned {
  readonly plan: ScanPlan;
  readonly folder: string;
  readonly data: Pick<ScanData, "subject" | "classes" | "images">;
  readonly subject: StudySubject;
  readonly quality: Quality;
}

/** In [0, 1]. */
interface Quality {
  readonly accuracy: number;
  readonly attackSuccess: Readonly<Record<string, number>>;
}

/** The attacker's network: clean, of other images than those of most seeds, and of another shape than the scan's. */
const surrogate = { perClass: 900, trusted: 200, poisons: 0, attacks: measuredAttacks } as const;
const surrogateNetwork = { ...surrogate, widths: [16, 32, 64, 128], epochs: 20, seed: 1, network: 0 };

/** Makes the images and trains the scan's network as `poisonspot scan` does, where it is not there yet. */
export async function scanned(plan: ScanPlan, run: Run): Promise<Scanned> {
  const { datasetDir, results, reporter, signal } = run;
  const dataset = await loadDataset(plan.dataset, { datasetDir, seed: plan.seed, reporter, signal });
  const perturbations = new Map<AttackName, Float32Array>();
  let crafted = new Map<AttackName, CraftedPoisons>();
  if (plan.poisons > 0 && plan.attacks.some((name) => isPerturbing(name) || isCrafted(baseOf(name)))) {
    const perClass = Math.min(surrogate.perClass, dataset.train.labels.length / dataset.classNames.length);
    const attacker = await finishedNetwork({ ...surrogateNetwork, dataset: plan.dataset, perClass }, run);
    for (const [name, label] of targetsOf(plan, dataset.classNames.length))
      if (isPerturbing(name)) perturbations.set(name, await perturbationOf(attacker, label, "any", signal));
    crafted = await craftedPoisons(dataset, plan, attacker, run);
  }
  const subject = makeSubject(dataset, plan, perturbations, crafted);
  const { classNames } = subject;
  const set = plan.jpeg === undefined ? subject.set : await recompressed(subject.set, plan.jpeg);
  const data = {
    images: fingerprint(set),
    subject: {
      images: set,
      trainIds: allIds(set.labels.length),
      // As a scan takes them.
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      augmentation: "crop-flip",
    },
    classes: subject.classes.map((rows, label) => ({ ...rows, name: classNames[label] })),
  } as const;
  const folder = join(results, `scan-${sha256OfJson({ version: 1, ...plan }).slice(0, 12)}`);
  await writeFileAtomic(join(folder, "plan.json"), JSON.stringify(plan));
  const quality = await qualityOf(folder, plan, data, subject, run);
  const percent = (rate: number) => `${(100 * rate).toFixed(1)} %`;
  const success = Object.entries(quality.attackSuccess).map(([name, rate]) => `, ${name} ${percent(rate)}`);
  reporter.info(`${folder}: seed ${plan.seed}, accuracy ${percent(quality.accuracy)}${success.join("")}`);
  return { plan, folder, data, subject, quality };
}

/** Where a scan of this plan keeps its network, and what decides its weights. */
export const trainingOptions = (folder: string, { model, epochs, bs, lr, seed }: ScanPlan) =>
  ({
    path: join(folder, "network.safetensors"),
    model,
    epochs,
    bs,
    lr,
    global_seed: seed,
    checkpoint_seconds: 60,
  }) as const;

async function qualityOf(
  folder: string,
  plan: ScanPlan,
  data: Scanned["data"],
  { planted, test }: StudySubject,
  { reporter, signal }: Run,
): Promise<Quality> {
  const path = join(folder, "quality.json");
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8"));
  const { path: weights, ...options } = trainingOptions(folder, plan);
  const model = await scanNetwork(weights, data, options, { reporter, signal });
  try {
    const { normalization } = data.subject;
    const attackSuccess: Record<string, number> = {};
    for (const { name, triggered } of planted)
      attackSuccess[name] = await evaluate(model, triggered, normalization, signal);
    const quality = { accuracy: await evaluate(model, test, normalization, signal), attackSuccess };
    await writeFileAtomic(path, JSON.stringify(quality));
    return quality;
  } finally {
    model.dispose();
  }
}
