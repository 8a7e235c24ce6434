import type { TopLevelSpec } from "vega-lite";
import type { Interval } from "../statistics/clopper-pearson.js";
import type { Share } from "../statistics/share.js";

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
  /** Where it was asked what would be found if some trusted images were poison. */
  readonly supposition?: Supposition;
  /** Suspects worth a look, by class, most suspicious first. */
  readonly suspects: readonly ImageGroup[];
  /** Trusted images that look most like suspects, by class. */
  readonly reference: readonly ImageGroup[];
  /** Suspects that are like a trusted image, by the way in which they are. */
  readonly pairs: readonly PairGroup[];
  readonly figures: readonly Figure[];
  /** Where other detectors have looked at the same images. */
  readonly agreement: Agreement | undefined;
  /** Who the images come from, most suspicious first; none where it is not given. */
  readonly sources: readonly SourceFinding[];
  /** Settings, versions, digests, seeds. */
  readonly records: readonly RecordTable[];
}

export interface VerdictText {
  readonly tone: "evidence" | "none" | "inconclusive";
  readonly headline: string;
  /** Paragraphs: what it means, and what could have been seen. Names that strangers gave are in it as they are shown (`shownPath`). */
  readonly lines: readonly string[];
  /** The numbers behind it, a few. */
  readonly numbers: readonly {
    readonly name: string;
    readonly value: string;
    /** In small print beside the value. */
    readonly detail?: string;
  }[];
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
  /** Other detectors that flag images of it, where some have looked. */
  readonly agreeing?: Share;
  /** In place of a test, where no image is trusted: how unusual it is among the classes by each score. */
  readonly rankings?: readonly ClassRanking[];
}

interface ClassRanking {
  readonly score: string;
  /** How skewed its scores are, less the median of the other classes; undefined where there are none. */
  readonly aboveOthers: number | undefined;
}

/** What becomes of the findings if up to `upTo` trusted images of every class are poison: the ends of it. */
export interface Supposition {
  readonly upTo: number;
  /** Those that were tested, in the order of the classes. */
  readonly classes: readonly {
    readonly name: string;
    readonly asFound: SupposedFinding;
    /** Whichever they are. */
    readonly least: SupposedFinding;
    /** If it is those of the highest scores. */
    readonly most: SupposedFinding;
  }[];
}

export interface SupposedFinding {
  /** Corrected for the number of classes. */
  readonly adjustedP: number;
  readonly isEvidence: boolean;
  readonly flagged: number;
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

export interface PairGroup {
  /** contradicted: equal a trusted image of another class; near: look nearly like a trusted image. */
  readonly kind: "contradicted" | "near";
  /** The pairs may be fewer. */
  readonly total: number;
  readonly pairs: readonly ImagePair[];
}

export interface ImagePair {
  readonly suspect: PairedImage & { readonly sha256: string; readonly isFlagged: boolean };
  readonly trusted: PairedImage;
  /** Of the suspect from the trusted image; see `ImageCard`. */
  readonly difference: ImageCard["difference"];
}

interface PairedImage {
  readonly file: string;
  readonly className: string;
  readonly thumbnail: Thumbnail;
}

export interface Agreement {
  /** What the others are held against. */
  readonly with: string;
  /** The same among the others, where it was calibrated as they were. */
  readonly own: OtherDetector | undefined;
  readonly detectors: readonly OtherDetector[];
}

/** Another detector, calibrated as a scan is. */
export interface OtherDetector {
  readonly title: string;
  /** Whether it was told how much poison there is. */
  readonly assumesShare: boolean;
  /** "evidence" or what else it finds. */
  readonly finding: string;
  /** Corrected for the number of classes. */
  readonly p: number | undefined;
  readonly flagged: Share;
  /** Of the flagged by both, of those flagged by one of the two; undefined where neither flags any. */
  readonly jaccard: number | undefined;
  /** Spearman's, over the suspects of a class; mean over the classes. */
  readonly correlation: number | undefined;
  /** Where it is known which suspects are poisons. */
  readonly truth?: {
    readonly areaUnderRoc: number | undefined;
    /** Of that, at 95 %. */
    readonly areaInterval: Interval | undefined;
    /** Flagged, of the poisons and of the clean suspects. */
    readonly flagged: { readonly poisons: Share; readonly clean: Share };
  };
}

export interface SourceFinding {
  /** Undefined: images whose source is not given. */
  readonly name: string | undefined;
  /** Suspects, those of classes that were not looked at included. */
  readonly images: number;
  readonly flagged: number;
  /** Corrected for the number of scores and classes that the source was tested in; undefined where it was not. */
  readonly p: number | undefined;
  /** Corrected for the number of sources as well. */
  readonly adjustedP: number | undefined;
  readonly isEvidence: boolean;
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

/** Undefined where it was not measured. */
export type Measure = Share | undefined;

export interface RecordTable {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
}
