import { UserError } from "../errors.js";
import type { Rng } from "../random/rng.js";
import type { Run } from "../run.js";
import { fewestTrusted } from "../scan/class-verdict.js";
import { type Calibration, type ComparedClass, calibrate, type Found } from "./calibrate.js";
import { findOrKeep } from "./kept-findings.js";
import { type Outcome, outcomeOf, type ScoredImage, scoredImages } from "./outcome.js";
import { type DetectorName, detectors } from "./registry.js";
import type { ComparisonSubject, Seen } from "./subject.js";

interface ComparisonOptions extends Calibration {
  readonly detectors: readonly DetectorName[];
  /** Where finished detectors are kept. */
  readonly folder: string;
  readonly rng: Rng;
}

/** A line of the comparison. */
export interface ComparedDetector extends Outcome {
  readonly name: DetectorName;
}

/** What was compared, and what came of it. */
export interface Comparison {
  readonly subject: ComparisonSubject;
  /** What agreement is agreement with. */
  readonly ours: string;
  readonly compared: readonly ComparedDetector[];
  /** Detectors that could not be applied, and why. */
  readonly left: readonly { readonly name: DetectorName; readonly why: string }[];
}

/** Has detectors look at the same images of the same network, each through the same calibration. */
export async function compareDetectors(
  subject: ComparisonSubject,
  options: ComparisonOptions,
  run: Run,
): Promise<Comparison> {
  const { level } = options;
  const { classes, kind } = subject;
  checkTrusted(
    classes.map(({ trusted }) => trusted.length),
    kind,
  );
  const all = new Map<DetectorName, Found[]>();
  const left: { name: DetectorName; why: string }[] = [];
  for (const name of options.detectors) {
    const why = detectors[name].missing?.(subject.classes[0].examined);
    if (why === undefined) all.set(name, await findAll(name, subject, options, run));
    else left.push({ name, why });
  }
  const { ours } = subject;
  const own = typeof ours === "string" ? all.get(ours) : undefined;
  const held =
    typeof ours === "function"
      ? seenImages(subject.classes, ours)
      : own && scoredImages(subject.classes, own, level);
  const compared = [...all].map(([name, one]) => ({
    name,
    ...outcomeOf(subject, one, level, name === ours ? undefined : held),
  }));
  return { subject, ours: typeof ours === "string" ? detectors[ours].title : "the scan", compared, left };
}

const seenImages = (
  classes: ComparisonSubject["classes"],
  see: (one: ComparedClass, member: number) => Seen,
): ScoredImage[] =>
  classes.flatMap((one) =>
    [...one.suspects].map((member) => ({ one, member, ...see(one, member), isCut: undefined })),
  );

/** @param trusted how many images are trusted, of each class @throws UserError where no class has enough */
export function checkTrusted(trusted: readonly number[], kind: ComparisonSubject["kind"]): void {
  const most = trusted.reduce((a, b) => Math.max(a, b), 0);
  if (most >= fewestTrusted) return;
  throw new UserError(
    `No class has ${fewestTrusted} trusted images to compare with; the most that one has is ${most}.`,
    kind === "experiment"
      ? "Use more images of the class, a smaller --pr_tgt or a larger --pr_sus."
      : "Scan again with more trusted images.",
  );
}

async function findAll(
  name: DetectorName,
  { classes, digest, assumedShare }: ComparisonSubject,
  { splits, fdr, level, folder, rng }: ComparisonOptions,
  { reporter, signal }: Run,
): Promise<Found[]> {
  const calibration = { splits, fdr, level };
  return findOrKeep(folder, name, { digest, assumedShare, ...calibration }, async () => {
    const progress = reporter.progress(`compare: ${detectors[name].title}`, classes.length);
    try {
      const found: Found[] = [];
      for (const one of classes) {
        signal.throwIfAborted();
        const own = rng.fork(`${name}/class-${one.name}`);
        found.push(await calibrate(detectors[name], one, calibration, own, signal));
        progress.update(found.length);
      }
      return found;
    } finally {
      progress.stop();
    }
  });
}
