import { holm } from "../detection/adjusted-p-values.js";
import { shownPath } from "../files/shown-path.js";
import { counted } from "../format.js";
import { type ClassVerdict, fewestTrusted, type Ranking } from "./class-verdict.js";
import { mostUnusual } from "./rankings.js";

/**
 * evidence: a class is not like its trusted images; inconclusive: no class could be looked at, or, where it is asked for, some class could not
 * have shown as few poisons as that; uncalibrated: no image is trusted, so that images are ranked and nothing is tested.
 */
export const findings = ["evidence", "no evidence", "inconclusive", "uncalibrated"] as const;
export type Finding = (typeof findings)[number];

/** A class among the others. */
export interface JudgedClass extends ClassVerdict {
  /** Holm's, over the classes that could be looked at. */
  readonly adjustedP: number | undefined;
  readonly isEvidence: boolean;
  readonly numFlagged: number;
  /** What of that would be so if some trusted images of each class were poison, whichever they are: the ends of it. */
  readonly ifReferencePoisoned?: { readonly least: Judged; readonly most: Judged };
}

/** A class's verdict under a supposition. */
interface Judged {
  /** Holm's. */
  readonly adjustedP: number;
  readonly isEvidence: boolean;
  readonly flagged: number;
}

/** What a scan has to say. */
export interface Verdict {
  readonly finding: Finding;
  /** Most suspicious first. */
  readonly classes: readonly JudgedClass[];
}

/**
 * Images are flagged in classes with evidence alone: in others the ranking is that of chance.
 * @param level chance of a false alarm over all classes
 * @param noticing so many poisons must be noticed in every class for the absence of evidence to say something
 */
export function verdictOf(found: readonly ClassVerdict[], level: number, noticing?: number): Verdict {
  const tested = found.filter(({ p }) => p !== undefined);
  const adjusted = holm(Float64Array.from(tested, ({ p }) => p ?? 1));
  const supposed = suppositions(tested, level);
  const classes = found.map((one) => {
    const adjustedP = one.p === undefined ? undefined : adjusted[tested.indexOf(one)];
    const isEvidence = adjustedP !== undefined && adjustedP <= level;
    const flagged = isEvidence ? one.flagged : new Uint8Array(one.suspects);
    const numFlagged = flagged.reduce((sum, mark) => sum + mark, 0);
    return {
      ...one,
      ...supposed(one),
      adjustedP,
      isEvidence,
      atLeast: isEvidence ? one.atLeast : 0,
      flagged,
      numFlagged,
    };
  });
  const ranked = classes.sort(
    (a, b) => (a.p ?? 2) - (b.p ?? 2) || unlikeOthers(b) - unlikeOthers(a) || (a.name < b.name ? -1 : 1),
  );
  return { finding: findingOf(ranked, noticing), classes: ranked };
}

/** Each class's verdict if some trusted images of every class were poison. */
function suppositions(tested: readonly ClassVerdict[], level: number) {
  const endOf = (end: "least" | "most") => {
    const adjusted = holm(Float64Array.from(tested, ({ supposed }) => supposed?.[end].p ?? 1));
    return (one: ClassVerdict): Judged => {
      const adjustedP = adjusted[tested.indexOf(one)];
      const isEvidence = adjustedP <= level;
      return { adjustedP, isEvidence, flagged: isEvidence ? (one.supposed?.[end].flagged ?? 0) : 0 };
    };
  };
  const [least, most] = [endOf("least"), endOf("most")];
  return (one: ClassVerdict): Pick<JudgedClass, "ifReferencePoisoned"> =>
    one.supposed ? { ifReferencePoisoned: { least: least(one), most: most(one) } } : {};
}

const unlikeOthers = ({ rankings = [] }: ClassVerdict): number =>
  mostUnusual(rankings)?.aboveOthers ?? -Infinity;

function findingOf(classes: readonly JudgedClass[], noticing: number | undefined): Finding {
  if (classes.some((one) => one.isEvidence)) return "evidence";
  if (classes.some(({ rankings }) => rankings !== undefined)) return "uncalibrated";
  const isBlind = ({ wouldNotice }: ClassVerdict) =>
    noticing !== undefined && (wouldNotice === undefined || wouldNotice > noticing);
  const isTested = classes.some(({ p }) => p !== undefined);
  return !isTested || classes.some(isBlind) ? "inconclusive" : "no evidence";
}

/** That a class differs can be sure where no single image can be. */
const flagsOf = ({ numFlagged }: JudgedClass): string =>
  numFlagged > 0
    ? `${numFlagged} ${numFlagged === 1 ? "is" : "are"} flagged`
    : "none is flagged: which ones, so few trusted images cannot tell";

/** Classes without evidence that have a line. */
const namedClasses = 20;

/** A verdict as lines for people: all classes with evidence, of the others the most suspicious. */
export function describeVerdict({ finding, classes }: Verdict): string[] {
  const others = classes.filter((one) => !one.isEvidence);
  const named = [...classes.filter((one) => one.isEvidence), ...others.slice(0, namedClasses)];
  const lines = named.map((one) => {
    if (one.rankings)
      return `class ${shownPath(one.name)}: ${one.suspects} images: ${describeRankings(one.rankings)}`;
    const start = `class ${shownPath(one.name)}: ${one.suspects} images, ${one.trusted} trusted`;
    if (one.p === undefined)
      return `${start}: not looked at, fewer than ${fewestTrusted} trusted images or no others`;
    const p = `corrected p ${(one.adjustedP ?? one.p).toPrecision(2)}`;
    if (one.isEvidence)
      return `${start}: EVIDENCE of poison (${p}); at least ${one.atLeast} ${one.atLeast === 1 ? "image is" : "images are"} not clean; ${flagsOf(one)}`;
    const noticed =
      one.wouldNotice === undefined
        ? "too few trusted images to notice any number"
        : `${one.wouldNotice} or more that stand out would have been noticed; fewer can hide`;
    return `${start}: no evidence (${p}); ${noticed}`;
  });
  if (named.length < classes.length)
    lines.push(
      `and ${counted(classes.length - named.length, "class", "classes")} less suspicious, as report.html shows`,
    );
  for (const { name, ifReferencePoisoned: ends } of named)
    if (ends)
      lines.push(`class ${shownPath(name)}, if some of its trusted images are poison: ${describeEnds(ends)}`);
  if (finding === "uncalibrated")
    lines.push(
      "no image is trusted: this says which classes and images to look at first, and nothing of chance",
    );
  return [...lines, `verdict: ${finding}`];
}

function describeEnds({ least, most }: NonNullable<JudgedClass["ifReferencePoisoned"]>): string {
  const p = (one: Judged) => `corrected p ${one.adjustedP.toPrecision(2)}`;
  if (least.isEvidence)
    return `evidence whichever they are (${p(least)} at most), ${least.flagged} to ${most.flagged} flagged`;
  return most.isEvidence
    ? `evidence if it is those of the highest scores (${p(most)}, up to ${most.flagged} flagged), which are shown in report.html`
    : `no evidence whichever they are (${p(most)} at least)`;
}

function describeRankings(rankings: readonly Ranking[]): string {
  if (rankings.length === 0) return "too few to be ranked";
  const more = rankings.flatMap(({ score, aboveOthers }) =>
    aboveOthers === undefined ? [] : `${aboveOthers.toFixed(2)} (${score})`,
  );
  if (more.length === 0) return `ranked by ${rankings.map(({ score }) => score).join(", ")}`;
  return `scores more skewed than in other classes by ${more.join(", ")}`;
}
