import type { Judge } from "../detection/judge.js";
import type { Rng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";
import type { CapturedIncrements } from "./captured-increments.js";
import type { Forward } from "./forward.js";
import type { NetworkPass } from "./network-pass.js";

/** All that detectors may look at when they examine one class. */
export interface Examined {
  readonly label: number;
  /** int32, rows of `pass`: every image with the label, suspects and trusted ones. "Members" are positions in it. */
  readonly members: Int32Array;
  /** The finished network's pass over all images that it was trained on. */
  readonly pass: NetworkPass;
  /** float32 [members, cols], what every stage of the network makes of them; see `captureActivations` */
  readonly stages: Matrix;
  /** Passes of networks that were trained for less long, where some were kept; earliest first. */
  readonly earlier: readonly NetworkPass[];
  readonly forward: Forward;
  /** What a scan of the same images judges them by, of scores that know nothing of who is trusted; its rows are those of `pass`. */
  readonly scanJudges: () => Promise<readonly Judge[]>;
  /** What the members did to the weights, where that was captured. */
  readonly increments?: CapturedIncrements;
  /** Share of all images that are taken to be poison, by detectors that want to be told. */
  readonly assumedShare: number;
}

/** Images that a detector is told are clean. */
export interface Trusted {
  /** int32, members */
  readonly members: Int32Array;
  /** int32, rows of `pass` in other classes */
  readonly others: Int32Array;
}

export interface DetectorScores {
  /** float64 [members], higher is more suspicious */
  readonly scores: Float64Array;
  /** uint8 [members], 1 where the detector's own cut flags; absent where it has none */
  readonly flagged?: Uint8Array;
}

/** A way of finding poison, as good as what it knows. */
export interface Detector {
  /** As tables name it. */
  readonly title: string;
  /** For people: its own cut, and where it differs from its paper. */
  readonly about: string;
  /** Whether scores depend on whom it is told to be clean; then each split of the trusted images is scored anew. */
  readonly usesTrusted?: true;
  /** Whether one that uses trusted images has a cut of its own, for which it is then told all of them. */
  readonly hasOwnCut?: true;
  /** Whether it is told how much poison there is, which nobody knows who looks for it. */
  readonly usesShare?: true;
  /** Why it cannot be applied here, if so. */
  readonly missing?: (examined: Examined) => string | undefined;
  /** uint8 [members], 1 where a run has flagged by the cut of this detector, if it has */
  readonly cutOfRun?: (examined: Examined) => Uint8Array | undefined;
  score(examined: Examined, trusted: Trusted, rng: Rng): DetectorScores | Promise<DetectorScores>;
}
