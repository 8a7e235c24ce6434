import { stampSquare } from "../../src/attacks/badnets/square.js";
import { blendInto, noisePattern } from "../../src/attacks/blend/noise-pattern.js";
import { addSinusoid } from "../../src/attacks/sig/sinusoid.js";
import type { Dataset, ImageSet, Normalization } from "../../src/datasets/image-set.js";
import { imageBytes, memoryPixels, paintedPixels } from "../../src/datasets/pixels.js";
import { indicesOfClass, selectImages } from "../../src/datasets/select.js";
import { createRng, sampleWithoutReplacement, shuffle } from "../../src/random/rng.js";
import {
  type AttackBase,
  type AttackName,
  baseOf,
  type CraftedAttack,
  countOf,
  isCrafted,
  isDirty,
} from "./attack-names.js";
import type { CraftedPoisons } from "./crafted-poisons.js";
import type { StudySettings } from "./settings.js";

/** Changes an image, uint8 [H, W, C], in place. */
type Paint = (image: Uint8Array) => void;

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
 * @param crafted likewise, for those that are crafted
 */
export function makeSubject(
  dataset: Dataset,
  settings: Planting,
  perturbations: ReadonlyMap<AttackName, Float32Array>,
  crafted: ReadonlyMap<AttackName, CraftedPoisons>,
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
  const plans = poisons === 0 ? [] : names;
  const taken = new Set<number>();
  const planted = plans.map((name) => {
    const targetClass = targets.get(name) ?? 0;
    const own = rng.fork(`poisons/${name}`);
    const made = crafted.get(name);
    if (made) {
      for (const [row, image] of made.images) paints.set(row, (target) => target.set(image));
      return { name, targetClass, poisonIds: Int32Array.from(made.images.keys()), triggered: made.triggered };
    }
    const count = countOf(name, poisons);
    let poisonIds: Int32Array;
    if (isDirty(name)) {
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
    const paint = triggerOf(name, dataset, perturbations);
    for (const row of poisonIds) paints.set(row, paint);
    return { name, targetClass, poisonIds, triggered: triggeredTest(dataset.test, targetClass, paint) };
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

/** Puts the trigger on an image, in a training set and a test set alike. */
function triggerOf(
  name: AttackName,
  { train: { pixels } }: Dataset,
  perturbations: ReadonlyMap<AttackName, Float32Array>,
): Paint {
  const base = baseOf(name);
  if (isCrafted(base)) throw new Error(`There are no crafted poisons for ${name}.`);
  const paints: Readonly<Record<Exclude<AttackBase, CraftedAttack>, () => Paint>> = {
    badnets: () => (image) => stampSquare(image, pixels, 255),
    blend() {
      const pattern = noisePattern(imageBytes(pixels));
      return (image) => blendInto(image, pattern, 0.2);
    },
    sig: () => (image) => addSinusoid(image, pixels, 20, 6),
    narcissus() {
      const perturbation = perturbations.get(name);
      if (!perturbation) throw new Error(`There is no perturbation for ${name}.`);
      return (image) => {
        for (let i = 0; i < image.length; i++)
          image[i] = Math.min(255, Math.max(0, Math.round(image[i] + perturbation[i])));
      };
    },
  };
  return paints[base]();
}

function triggeredTest(test: ImageSet, targetClass: number, paint: Paint): ImageSet {
  const others = Int32Array.from(test.labels.keys()).filter((id) => test.labels[id] !== targetClass);
  const { pixels, labels } = selectImages(test, others);
  return { pixels: paintedPixels(pixels, paint), labels: labels.map(() => targetClass) };
}
