import type { Reporter } from "../reporter.js";
import type { OnBadImage } from "./bad-files.js";
import type { BadFile } from "./list-images.js";
import type { RgbImage } from "./rgb-image.js";
import type { SourceFile } from "./source-files.js";

/** Files that hold many images each, such as archives. */
export interface Container {
  /** Of every image its size, and what tells, without reading it, that its file is the same; or why it cannot be used. */
  stat(): Promise<readonly (SourceFile | BadFile)[]>;
  /** An image's encoded bytes. It is asked for them in their order, but for a few at a time. */
  read(image: SourceFile): Promise<Buffer>;
}

/** Image files that are to become rows of one size. */
export interface DecodeTask {
  /** What the images are, for lines to the user. */
  readonly title: string;
  /** Path and start of the names of the cache files, `.raw` and `.json`, and of the list of what was skipped, `.skipped.tsv`. */
  readonly cache: string;
  /** Absolute and itself free of links. */
  readonly root: string;
  /** From the root; each name once. */
  readonly files: readonly string[];
  /** Where the images lie when they are no files of their own; `files` are their names for people, then. */
  readonly container?: Container;
  /** What was found to be no usable image before. */
  readonly bad: readonly BadFile[];
  readonly onBadImage: OnBadImage;
  /** Kept in the record, for who reads that. */
  readonly classNames: readonly string[];
  /** Height and width of a row. */
  readonly side: number;
  /** Says what `toRow` does: rows made in another way are made again. */
  readonly recipe: string;
  /** @returns uint8 [side, side, 3] @throws FormatFault when the image cannot be used */
  readonly toRow: (image: RgbImage) => Uint8Array;
}

/** A task whose files are there. */
export interface Decoding extends Omit<DecodeTask, "files"> {
  readonly files: readonly SourceFile[];
  /** Throws when too many are to be skipped. */
  readonly check: (undecodable: readonly BadFile[]) => void;
}

/** Who is told of the decoding, and what stops it. */
export interface Progress {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What the rows depend on besides files. */
export const recipeOf = ({ side, recipe }: Decoding): readonly (string | number)[] => [side, recipe];
