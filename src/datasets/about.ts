import type { Reporter } from "../reporter.js";
import type { OnBadImage } from "./bad-files.js";
import type { Dataset } from "./image-set.js";

export interface LoadOptions {
  /** Where datasets lie; one that must be downloaded is put there. */
  readonly datasetDir: string;
  /** Keep the first N training images of each class, and N/5 (rounded up) test images. Unset: all. */
  readonly limitPerClass?: number;
  /** What to do about an image file that cannot be used, where images are files. Unset: it is an error. */
  readonly onBadImage?: OnBadImage;
  /** Root seed, for a dataset that is generated. */
  readonly seed: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What of a dataset is on disk. */
export interface DatasetOnDisk {
  /** The folder its files are in. */
  readonly path: string;
  readonly classes: number;
  /** Training images of all classes. */
  readonly train: number;
  /** Test images of all classes. */
  readonly test: number;
  /** The sizes of the files tell the numbers but roughly. */
  readonly isEstimate?: true;
}

/** A dataset: what flags and plans want to know of it, and what reads it. `about.ts` loads nothing. */
export interface DatasetAbout {
  readonly classes: number;
  /** Images of each class in the whole dataset. */
  readonly perClass: { readonly train: number; readonly test: number };
  /** Too few images to train a network from nothing: fine-tuning starts from a model that comes from elsewhere. */
  readonly needsPretraining?: true;
  /** Classes of the outside images that come with it, see `Dataset.outsideImages`. */
  readonly outsideClasses?: number;
  /** Where it lies; absent for a dataset that is made on the spot. */
  readonly disk?: {
    /** Its folder in the dataset folder. */
    readonly folder: string;
    /**
     * Looks at names and sizes, and at lists; reads no image.
     * @param onBadImage what to do about an image file that is seen to be unusable; by default it is an error
     * @returns undefined when it is not there, and would be downloaded
     * @throws UserError when it is there but cannot be used: a file is missing, or cut short
     */
    readonly find: (datasetDir: string, onBadImage?: OnBadImage) => Promise<DatasetOnDisk | undefined>;
  };
  /** @throws UserError when its files cannot be used. May keep more images than the limit asks for. */
  readonly load: (options: LoadOptions) => Promise<Dataset>;
}
