import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset, ImageSet } from "../datasets/image-set.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Reporter } from "../reporter.js";

/** What an attack is made with. */
export interface AttackInput {
  readonly dataset: Dataset;
  readonly targetClass: number;
  /** Share of the target class that is poisoned, in (0, 1]. */
  readonly poisonShareOfTargetClass: number;
  /** L-infinity bound in /255 units: 16 means 16/255. */
  readonly eps255: number;
  /** Brightness of a visible trigger, 0..255. */
  readonly vis: number;
  readonly options: Readonly<Record<string, string | number>>;
  /** The clean model the attack is crafted on, loaded or trained when first asked for; the caller disposes it. */
  readonly cleanModel: () => Promise<Model>;
  /** Identifies that model's weights, without loading the network. */
  readonly cleanModelHash: () => Promise<string>;
  /** The attack's stream. */
  readonly rng: Rng;
  /** Told the poisons, int32 ascending, before anything costly is made; it may throw. */
  readonly onPoisonsChosen: (poisonIds: Int32Array) => void;
  /** Folder for what is costly to craft. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

export interface PoisonedData {
  /** The whole training set in its order, poisons in place, labels untouched. */
  readonly train: ImageSet;
  /** int32, ascending rows of `train`, by attack (one key but for mixes) */
  readonly poisonIds: Readonly<Record<string, Int32Array>>;
  /** Triggered test images labelled with the target class, by attack. */
  readonly triggeredTests: Readonly<Record<string, ImageSet>>;
  /** How training images are augmented under this attack. */
  readonly augmentation: AugmentationKind;
}

export interface Attack {
  /** How training images are augmented, clean models for this attack included. */
  readonly augmentation: AugmentationKind;
  readonly poison: (input: AttackInput) => Promise<PoisonedData>;
}
