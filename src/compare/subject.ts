import type { ComparedClass } from "./calibrate.js";
import type { DetectorName } from "./registry.js";

/** A suspect as something sees it. */
export interface Seen {
  readonly score: number;
  readonly isFlagged: boolean;
}

/** What detectors are compared on: images that a network was trained on. */
export interface ComparisonSubject {
  readonly kind: "experiment" | "scan";
  /** SHA-256 (hex) of all that decides what detectors see. */
  readonly digest: string;
  /** The same of what the others are held against: a report shows a comparison with nothing else. */
  readonly reported: string;
  readonly classes: readonly ComparedClass[];
  /** A suspect's name for people. */
  readonly nameOf: (one: ComparedClass, member: number) => string;
  /** Whether a suspect is poison, where that is known. */
  readonly isPoison?: (one: ComparedClass, member: number) => boolean;
  /** Whose flags and scores all others are held against: one of the detectors, or what a scan has found. */
  readonly ours: DetectorName | ((one: ComparedClass, member: number) => Seen);
  /** For people, where there is more to say. */
  readonly note?: string;
  readonly assumedShare: number;
}
