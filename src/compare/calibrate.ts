import type { SplitScorer } from "../detection/split-scorer.js";
import type { Rng } from "../random/rng.js";
import { type ClassVerdict, classVerdict } from "../scan/class-verdict.js";
import type { Detector, Examined } from "./detector.js";

/** A class of images, and who in it is known to be clean. */
export interface ComparedClass {
  readonly name: string;
  readonly examined: Examined;
  /** int32, members under suspicion, and members known to be clean; none is left out. */
  readonly suspects: Int32Array;
  readonly trusted: Int32Array;
  /** int32, rows of the pass in other classes that are known to be clean */
  readonly trustedOthers: Int32Array;
}

export interface Calibration {
  readonly splits: number;
  readonly fdr: number;
  readonly level: number;
}

/** What a detector finds in a class. */
export interface Found {
  /** Its scores through the calibration of a scan; rows are members. */
  readonly verdict: ClassVerdict;
  /** uint8 [suspects], 1 where its own cut flags; undefined where it has none */
  readonly ownCut?: Uint8Array;
  readonly seconds: number;
}

/**
 * Calibrates a detector's scores as a scan does: trusted images of which it is not told are ranked among the suspects and say how high
 * clean images score. One that wants to be told of some has the trusted images split at random, again and again.
 */
export async function calibrate(
  detector: Detector,
  { name, examined, suspects, trusted, trustedOthers }: ComparedClass,
  { splits, fdr, level }: Calibration,
  rng: Rng,
  signal: AbortSignal,
): Promise<Found> {
  const started = performance.now();
  const score = (members: Int32Array, stream: string) =>
    detector.score(examined, { members, others: trustedOthers }, rng.fork(stream));
  const { usesTrusted, hasOwnCut } = detector;
  // Its own cut may use every trusted image, as there nothing is compared with them.
  const whole = usesTrusted && !hasOwnCut ? undefined : await score(trusted, "whole");
  const scorer: SplitScorer = {
    async score(fit, ranked, seed) {
      const { scores } = whole && !usesTrusted ? whole : await score(fit, seed);
      const of = (members: Int32Array) => Float64Array.from(members, (member) => scores[member]);
      return { fit: of(fit), ranked: of(ranked) };
    },
    close: async () => {},
  };
  const verdict = await classVerdict(
    // Who is told of nobody gives trusted images and others their scores alike: all of them may be ranked, once.
    [{ name: "detector", scorer, fitShare: usesTrusted ? 0.5 : 0 }],
    { name, suspects, trusted },
    { splits, fdr, level, numClasses: 1, rng: rng.fork("splits"), signal },
  );
  const flagged = whole?.flagged ?? detector.cutOfRun?.(examined);
  return {
    verdict,
    ownCut: flagged && Uint8Array.from(suspects, (member) => flagged[member]),
    seconds: (performance.now() - started) / 1000,
  };
}
