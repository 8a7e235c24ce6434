import { type Verdict, verdictOf } from "../scan/verdict.js";
import { areaInterval } from "../statistics/area-interval.js";
import type { Interval } from "../statistics/clopper-pearson.js";
import { areaUnderRoc, positivesAt, spearman } from "../statistics/ranks.js";
import type { Share } from "../statistics/share.js";
import type { ComparedClass, Found } from "./calibrate.js";
import type { ComparisonSubject } from "./subject.js";

/** A set of flags held against the truth. */
interface FlagRates {
  readonly poisons: Share;
  readonly clean: Share;
}

/** A suspect as a detector sees it. */
export interface ScoredImage {
  readonly one: ComparedClass;
  readonly member: number;
  readonly score: number;
  readonly isFlagged: boolean;
  readonly isCut: boolean | undefined;
}

/** What came of a detector, in numbers. */
export interface Outcome {
  /** "evidence" where a class is not like its trusted images, at the level asked for. */
  readonly finding: string;
  /** The smallest over the classes, corrected for their number. */
  readonly p: number | undefined;
  readonly flagged: Share;
  /** By the detector's own cut. */
  readonly ownCut: Share | undefined;
  readonly truth:
    | {
        readonly areaUnderRoc: number | undefined;
        /** At 95 %. */
        readonly areaInterval: Interval | undefined;
        /** Of poisons, above a cut that flags at most 1 % of the clean suspects. */
        readonly truePositivesAt1: Share;
        readonly flagged: FlagRates;
        readonly ownCut: FlagRates | undefined;
      }
    | undefined;
  /** With what is compared with. */
  readonly agreement:
    | { readonly jaccard: number | undefined; readonly spearman: number | undefined }
    | undefined;
  readonly seconds: number;
  readonly images: readonly ScoredImage[];
}

const verdictOn = (found: readonly Found[], level: number): Verdict =>
  verdictOf(
    found.map((one) => one.verdict),
    level,
  );

/** A detector's suspects, class by class, flagged where the class shows evidence. */
export const scoredImages = (
  classes: readonly ComparedClass[],
  found: readonly Found[],
  level: number,
): ScoredImage[] => imagesOf(classes, found, verdictOn(found, level));

const imagesOf = (
  classes: readonly ComparedClass[],
  found: readonly Found[],
  verdict: Verdict,
): ScoredImage[] =>
  classes.flatMap((one, place) => {
    const { ownCut } = found[place];
    const own = verdict.classes.find(({ name }) => name === one.name);
    if (!own) throw new Error(`No verdict on ${one.name}.`);
    return [...one.suspects].map((member, i) => ({
      one,
      member,
      score: own.scores[i],
      isFlagged: own.flagged[i] === 1,
      isCut: ownCut && ownCut[i] === 1,
    }));
  });

/** @param ours the same suspects, as seen by what all are compared with; undefined for itself */
export function outcomeOf(
  { classes, isPoison }: ComparisonSubject,
  found: readonly Found[],
  level: number,
  ours: readonly ScoredImage[] | undefined,
): Outcome {
  const verdict = verdictOn(found, level);
  const images = imagesOf(classes, found, verdict);
  const hasCut = images.some(({ isCut }) => isCut !== undefined);
  return {
    finding: verdict.finding,
    p: verdict.classes[0].adjustedP,
    flagged: share(images, isFlagged),
    ownCut: hasCut ? share(images, isCut) : undefined,
    truth: isPoison && truthOf(images, isPoison, hasCut),
    agreement: ours && {
      jaccard: jaccard(images, ours),
      spearman: correlation(classes, images, ours),
    },
    seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
    images,
  };
}

function truthOf(
  images: readonly ScoredImage[],
  isPoison: NonNullable<ComparisonSubject["isPoison"]>,
  hasCut: boolean,
): Outcome["truth"] {
  const poisons = images.filter(({ one, member }) => isPoison(one, member));
  const clean = images.filter(({ one, member }) => !isPoison(one, member));
  const rates = (isIn: (image: ScoredImage) => boolean): FlagRates => ({
    poisons: share(poisons, isIn),
    clean: share(clean, isIn),
  });
  const [positives, negatives] = [scoresOf(poisons), scoresOf(clean)];
  const area = areaUnderRoc(positives, negatives);
  return {
    areaUnderRoc: area,
    areaInterval: area === undefined ? undefined : areaInterval(area, positives.length, negatives.length),
    truePositivesAt1: { count: positivesAt(0.01, positives, negatives), of: poisons.length },
    flagged: rates(isFlagged),
    ownCut: hasCut ? rates(isCut) : undefined,
  };
}

const share = (of: readonly ScoredImage[], isIn: (image: ScoredImage) => boolean): Share => ({
  count: of.filter(isIn).length,
  of: of.length,
});
const isFlagged = (image: ScoredImage): boolean => image.isFlagged;
const isCut = (image: ScoredImage): boolean => image.isCut === true;

const scoresOf = (images: readonly ScoredImage[]): Float64Array =>
  Float64Array.from(images, ({ score }) => score);

/** Mean over the classes: scores of different classes need not be comparable. */
function correlation(
  classes: readonly ComparedClass[],
  a: readonly ScoredImage[],
  b: readonly ScoredImage[],
): number | undefined {
  const within = classes.flatMap((one) => {
    const own = (images: readonly ScoredImage[]) => scoresOf(images.filter((image) => image.one === one));
    return spearman(own(a), own(b)) ?? [];
  });
  return within.length === 0 ? undefined : within.reduce((sum, value) => sum + value, 0) / within.length;
}

/** Images flagged by both, of those flagged by one of them; undefined where neither flags any. */
function jaccard(a: readonly ScoredImage[], b: readonly ScoredImage[]): number | undefined {
  let [both, either] = [0, 0];
  a.forEach((image, i) => {
    if (image.isFlagged && b[i].isFlagged) both++;
    if (image.isFlagged || b[i].isFlagged) either++;
  });
  return either === 0 ? undefined : both / either;
}
