import type { GivenOptions } from "../config/attack-options.js";
import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset, ImageSet, Normalization } from "../datasets/image-set.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Reporter } from "../reporter.js";

/** What an attack is made with. */
export interface AttackInput {
  /** With the normalisation of the attack's `prepare`. */
  readonly dataset: Dataset;
  readonly targetClass: number;
  /** The class whose test images get the trigger (sa, ht). */
  readonly sourceClass: number;
  /** Share of the target class that is poisoned, in (0, 1]. */
  readonly poisonShareOfTargetClass: number;
  /** L-infinity bound in /255 units: 16 means 16/255. */
  readonly eps255: number;
  /** Brightness of a visible trigger, 0..255. */
  readonly vis: number;
  /** Sleeper agent: trigger at random positions. */
  readonly randomPlacement: boolean;
  readonly options: GivenOptions;
  /** The clean model the attack is crafted on, loaded or trained when first asked for; the caller disposes it. */
  readonly cleanModel: () => Promise<Model>;
  /** Identifies that model's weights, without loading the network. */
  readonly cleanModelHash: () => Promise<string>;
  /** A network of the run's kind with fresh weights; the caller disposes it. */
  readonly newModel: (rng: Rng) => Model;
  /** The attack's stream. */
  readonly rng: Rng;
  /** Told the poisons, int32 ascending, before anything costly is made where that is possible; it may throw. */
  readonly onPoisonsChosen: (poisonIds: Int32Array) => void;
  /** Where datasets lie, and the files that the original left. */
  readonly datasetDir: string;
  /** Folder for what is costly to craft. */
  readonly cacheDir: string;
  /** How often a crafting under way is saved there; it is also when the run is stopped. */
  readonly checkpointSeconds: number;
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
}

/** How the victim sees images. */
interface Preparation {
  readonly normalization: Normalization;
  /** Of training images. */
  readonly augmentation: AugmentationKind;
}

export interface Attack {
  /** What this attack's victims, clean models included, are trained with on a dataset. */
  readonly prepare: (dataset: Dataset) => Preparation;
  readonly poison: (input: AttackInput) => Promise<PoisonedData>;
}
