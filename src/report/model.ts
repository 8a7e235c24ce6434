import type { TopLevelSpec } from "vega-lite";

/*
 * What a report shows, as plain data. A scan and an experiment each have one function that makes it; the page is built from
 * nothing else. Every string may come from strangers (names of files, classes, sources): the page shows it as text alone.
 */

export interface Report {
  /** What made it. */
  readonly kind: "scan" | "experiment";
  /** What was looked at: a folder, or an attack on a dataset. */
  readonly subject: string;
  /** ISO 8601, UTC */
  readonly made: string;
  /** Tells this report's decisions from those of another: hex. */
  readonly key: string;
  readonly verdict: VerdictText;
  /** Rates and accuracies, each with what it is a share of. */
  readonly measures: readonly MeasureTable[];
  /** Most suspicious first. */
  readonly classes: readonly ClassFinding[];
  /** Suspects worth a look, by class, most suspicious first. */
  readonly suspects: readonly ImageGroup[];
  /** Trusted images that look most like suspects, by class. */
  readonly reference: readonly ImageGroup[];
  readonly figures: readonly Figure[];
  /** Settings, versions, digests, seeds. */
  readonly records: readonly RecordTable[];
}

export interface VerdictText {
  readonly tone: "evidence" | "none" | "inconclusive";
  readonly headline: string;
  /** Paragraphs: what it means, and what could have been seen. */
  readonly lines: readonly string[];
  /** The numbers behind it, a few. */
  readonly numbers: readonly { readonly name: string; readonly value: string }[];
}

/** One class and its test. */
export interface ClassFinding {
  readonly name: string;
  readonly suspects: number;
  readonly trusted: number;
  /** In (0, 1]; undefined where there are too few trusted images. */
  readonly p: number | undefined;
  /** Corrected for the number of classes. */
  readonly adjustedP: number | undefined;
  readonly isEvidence: boolean;
  readonly notCleanAtLeast: number;
  readonly flagged: number;
  readonly wouldNotice: number | undefined;
}

/** An image small enough for a page. */
export interface Thumbnail {
  readonly webp: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface ImageGroup {
  readonly className: string;
  /** Images of this kind in the class; the cards may be fewer. */
  readonly total: number;
  readonly cards: readonly ImageCard[];
  /** What the cards' traces are drawn beside, where they have some. */
  readonly traced?: {
    /** Ascending. */
    readonly epochs: readonly number[];
    /** Median of trusted images in each of them. */
    readonly usual: readonly number[];
  };
}

export interface ImageCard {
  /** Path, or place in a file. */
  readonly file: string;
  /** Of the image, hex; decisions are about it. */
  readonly sha256: string;
  readonly thumbnail: Thumbnail;
  /** From 1, by score, within its class. */
  readonly rank: number;
  readonly score: number;
  readonly isFlagged: boolean;
  /** What the score is worth, e.g. an e-value; cards may be sorted by it. */
  readonly details: readonly { readonly name: string; readonly value: string; readonly number: number }[];
  /** Other images to hold it against: unflagged ones of its class that are most like it, or what it was before an attack. */
  readonly beside: readonly ShownBeside[];
  /** From the first of those, around mid grey, multiplied by `factor`. */
  readonly difference: { readonly factor: number; readonly thumbnail: Thumbnail } | undefined;
  /** Its score in each of the group's epochs, in [0, 1]; NaN where it has none. */
  readonly trace?: readonly number[];
  /** Where it is known. */
  readonly truth?: "poison" | "clean";
}

interface ShownBeside {
  readonly file: string;
  /** Of few words, below the picture. */
  readonly caption: string;
  readonly thumbnail: Thumbnail;
}

export interface Figure {
  readonly title: string;
  /** What is to be seen, for who cannot see it, and for who wonders. */
  readonly caption: string;
  /** Holds no string from elsewhere. */
  readonly spec: TopLevelSpec;
}

export interface MeasureTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly Measure[] }[];
}

/** So many of so many; undefined where it was not measured. */
export type Measure = { readonly count: number; readonly of: number } | undefined;

export interface RecordTable {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
}
