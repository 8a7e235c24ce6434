import type { OnBadImage } from "../datasets/bad-files.js";
import type { Dataset, ImageSet } from "../datasets/image-set.js";
import type { DatasetName } from "../datasets/registry.js";
import type { ModelName } from "../models/registry.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import type { Reporter } from "../reporter.js";
import type { Recipe } from "../training/recipe.js";
import type { GivenOptions, OptionTable } from "./options.js";
import type { Preparation } from "./preparation.js";

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
  /** With --get_result: what would have to be crafted is an error. */
  readonly craftsNothing?: boolean;
  /** Where datasets lie, and the files that the original left. */
  readonly datasetDir: string;
  /** What to do about an image file that cannot be used. Unset: it is an error. */
  readonly onBadImage?: OnBadImage;
  /** Folder for what is costly to craft. */
  readonly cacheDir: string;
  /** How often a crafting under way is saved there; it is also when the run is stopped. */
  readonly checkpointSeconds: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

export interface PoisonedData {
  /** The whole training set in its order, poisons in place and labelled with the target class; other labels untouched. */
  readonly train: ImageSet;
  /** int32, ascending rows of `train`, by attack (one key but for mixes) */
  readonly poisonIds: Readonly<Record<string, Int32Array>>;
  /** Triggered test images labelled with the target class, by attack. */
  readonly triggeredTests: Readonly<Record<string, ImageSet>>;
}

/** What a plan knows of the images before any of them is read. */
export interface ImageCounts {
  readonly train: number;
  /** Training images of the target class. */
  readonly targetClass: number;
  /** Classes of the outside images that come with the dataset. */
  readonly outsideClasses?: number;
}

/** What the flags say of the poisons. */
export interface PoisonSettings {
  /** Share of the target class that is poisoned, in (0, 1]. */
  readonly share: number;
  readonly options: GivenOptions;
}

/** One backdoor, as a plan counts it. */
export interface PlannedPoisons {
  readonly poisons: number;
  /** Whose test images get the trigger: those of the class that is to be taken for another, or all but the target class's. */
  readonly triggered: "source class" | "other classes";
  /** They are images of other classes that get the target's label (dirty label). */
  readonly isRelabelled?: true;
  /** Of crafting, at most, where nothing of it is on disk yet: forward passes of one image through the network. */
  readonly passes: number;
  /** Which network that is; the run's own when absent. */
  readonly network?: ModelName;
}

/**
 * An attack: what help, validation and plans want to know of it, and what carries it out. It lies in a file that loads no
 * engine (`about.ts`); only `poison` does, when it is called.
 */
export interface Attack {
  /** Its own constants as published: what `--attack_opt` may set. */
  readonly options: OptionTable;
  /** Flags that it reads beside those that every attack reads. "source_class": it moves that class into the target class. */
  readonly flags: readonly ("vis" | "source_class" | "random")[];
  /** Datasets that it is not made for. */
  readonly notFor: readonly DatasetName[];
  /** Whether it is crafted on the clean model of `--clean_model_path`. */
  readonly needsCleanModel: boolean;
  /** How that model is trained where it is not there; as the run's own models when absent. */
  readonly cleanRecipe?: (options: GivenOptions) => Recipe;
  /** Fine-tuning trains the layers behind the features alone. */
  readonly trainsHeadOnly?: true;
  /** What a run will make, by the keys of `PoisonedData.poisonIds`. */
  readonly plan: (images: ImageCounts, settings: PoisonSettings) => Readonly<Record<string, PlannedPoisons>>;
  /** What this attack's victims, clean models included, are trained with on a dataset; see `preparationFor`. */
  readonly prepare: (dataset: Dataset) => Preparation;
  readonly poison: (input: AttackInput) => Promise<PoisonedData>;
}
