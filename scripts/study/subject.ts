import { stampSquare } from "../../src/attacks/badnets/square.js";
import { blendInto, noisePattern } from "../../src/attacks/blend/noise-pattern.js";
import { addSinusoid } from "../../src/attacks/sig/sinusoid.js";
import type { Dataset, ImageSet, Normalization } from "../../src/datasets/image-set.js";
import { imageBytes, memoryPixels, paintedPixels } from "../../src/datasets/pixels.js";
import { indicesOfClass, selectImages } from "../../src/datasets/select.js";
import { createRng, sampleWithoutReplacement, shuffle } from "../../src/random/rng.js";
import type { StudySettings } from "./settings.js";

/** Changes an image, uint8 [H, W, C], in place. */
type Paint = (image: Uint8Array) => void;

/** Every attack: dirty ones take images of other classes and give them the target's label. */
const attacks = {
  badnets: { isDirty: true, share: 1 },
  blend: { isDirty: true, share: 1 },
  sig: { isDirty: false, share: 1 },
  narcissus: { isDirty: false, share: 1 },
  /** A quarter of the poisons. */
  "narcissus-few": { isDirty: false, share: 0.25 },
  "narcissus-50": { isDirty: false, count: 50 },
  "narcissus-15": { isDirty: false, count: 15 },
} as const;
export type AttackName = keyof typeof attacks;
/** Those that carry a perturbation made on another network. */
export const isPerturbing = (name: AttackName): boolean => name.startsWith("narcissus");

interface PlantedAttack {
  readonly name: AttackName;
  readonly targetClass: number;
  /** int32, ascending rows of `set` */
  readonly poisonIds: Int32Array;
  /** Test images of other classes with the trigger, labelled with the target class. */
  readonly triggered: ImageSet;
}

/** Who is suspected and who trusted, in one class. */
interface ClassRows {
  /** int32, rows of `set`: all untrusted images that carry the label */
  readonly suspects: Int32Array;
  /** int32, rows of `set` */
  readonly trusted: Int32Array;
}

/** What decides the images. */
export type Planting = Pick<StudySettings, "perClass" | "trusted" | "poisons" | "seed" | "attacks">;

/** The images of a network of the study; all rows of `set` are trained on. */
export interface StudySubject {
  readonly set: ImageSet;
  readonly test: ImageSet;
  readonly normalization: Normalization;
  readonly classNames: readonly string[];
  readonly classes: readonly ClassRows[];
  readonly planted: readonly PlantedAttack[];
}

/** The class that each attack aims at, by seed. */
export function targetsOf(
  { seed, attacks: names }: Pick<StudySettings, "seed" | "attacks">,
  numClasses: number,
): Map<AttackName, number> {
  const order = shuffle(createRng(seed).fork("study/targets"), [...Array(numClasses).keys()]);
  return new Map(names.map((name, i) => [name, order[i]]));
}

/**
 * Draws the images and plants every attack in a class of its own.
 * @param perturbations float32 [H, W, C] by attack, of 255, for those that carry one
 */
export function makeSubject(
  dataset: Dataset,
  settings: Planting,
  perturbations: ReadonlyMap<AttackName, Float32Array>,
): StudySubject {
  const { perClass, trusted, poisons, seed, attacks: names } = settings;
  const rng = createRng(seed).fork("study");
  const { pixels, labels: trueLabels } = dataset.train;
  const size = imageBytes(pixels);
  const numClasses = dataset.classNames.length;
  const shuffled = dataset.classNames.map((_, label) =>
    shuffle(rng.fork(`class-${label}`), indicesOfClass(trueLabels, label)),
  );
  const fewest = Math.min(...shuffled.map(({ length }) => length));
  if (fewest < perClass) throw new Error(`A class has ${fewest} images, not ${perClass}.`);
  const reserve = shuffled.map((ids) => ids.subarray(perClass));

  const sources: number[] = [];
  const labels: number[] = [];
  const isTrusted: boolean[] = [];
  for (const [label, ids] of shuffled.entries()) {
    for (const [place, id] of ids.subarray(0, perClass).entries()) {
      sources.push(id);
      labels.push(label);
      isTrusted.push(place < trusted);
    }
  }
  const paints = new Map<number, Paint>();
  const targets = targetsOf(settings, numClasses);
  const triggers = triggersOf(dataset, perturbations);
  const plans = poisons === 0 ? [] : names;
  const taken = new Set<number>();
  const planted = plans.map((name) => {
    const targetClass = targets.get(name) ?? 0;
    const attack = attacks[name];
    const count = "count" in attack ? attack.count : Math.round(poisons * attack.share);
    const own = rng.fork(`poisons/${name}`);
    let poisonIds: Int32Array;
    if (attack.isDirty) {
      const others = reserve.flatMap((ids, label) => (label === targetClass ? [] : [...ids]));
      const free = others.filter((id) => !taken.has(id));
      const chosen = sampleWithoutReplacement(own, free, count);
      poisonIds = Int32Array.from(chosen, (id) => {
        taken.add(id);
        labels.push(targetClass);
        isTrusted.push(false);
        return sources.push(id) - 1;
      });
    } else {
      const candidates = labels.flatMap((label, row) =>
        label === targetClass && !isTrusted[row] ? [row] : [],
      );
      poisonIds = sampleWithoutReplacement(own, candidates, count).sort();
    }
    for (const row of poisonIds) paints.set(row, triggers[name]);
    return {
      name,
      targetClass,
      poisonIds,
      triggered: triggeredTest(dataset.test, targetClass, triggers[name]),
    };
  });
  const images = new Uint8Array(sources.length * size);
  sources.forEach((id, row) => {
    const image = images.subarray(row * size, (row + 1) * size);
    image.set(pixels.read(id));
    paints.get(row)?.(image);
  });
  const set: ImageSet = { pixels: memoryPixels(images, pixels), labels: Int32Array.from(labels) };
  const classes = dataset.classNames.map((_, label): ClassRows => {
    const rows = indicesOfClass(set.labels, label);
    return {
      suspects: rows.filter((row) => !isTrusted[row]),
      trusted: rows.filter((row) => isTrusted[row]),
    };
  });
  const { test, normalization, classNames } = dataset;
  return { set, test, normalization, classNames, classes, planted };
}

function triggersOf(
  { train }: Dataset,
  perturbations: ReadonlyMap<AttackName, Float32Array>,
): Record<AttackName, Paint> {
  const pattern = noisePattern(imageBytes(train.pixels));
  const perturb =
    (name: AttackName): Paint =>
    (image) => {
      const perturbation = perturbations.get(name);
      if (!perturbation) throw new Error(`There is no perturbation for ${name}.`);
      for (let i = 0; i < image.length; i++)
        image[i] = Math.min(255, Math.max(0, Math.round(image[i] + perturbation[i])));
    };
  return {
    badnets: (image) => stampSquare(image, train.pixels, 255),
    blend: (image) => blendInto(image, pattern, 0.2),
    sig: (image) => addSinusoid(image, train.pixels, 20, 6),
    narcissus: perturb("narcissus"),
    "narcissus-few": perturb("narcissus-few"),
    "narcissus-50": perturb("narcissus-50"),
    "narcissus-15": perturb("narcissus-15"),
  };
}

function triggeredTest(test: ImageSet, targetClass: number, paint: Paint): ImageSet {
  const others = Int32Array.from(test.labels.keys()).filter((id) => test.labels[id] !== targetClass);
  const { pixels, labels } = selectImages(test, others);
  return { pixels: paintedPixels(pixels, paint), labels: labels.map(() => targetClass) };
}
