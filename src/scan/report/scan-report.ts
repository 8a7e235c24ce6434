import type { Activations } from "../../capture/activations.js";
import { mapConcurrently } from "../../files/map-concurrently.js";
import { sha256OfJson } from "../../files/sha256.js";
import { boundCurve } from "../../plots/bound-curve.js";
import { nullAgainstSuspects } from "../../plots/null-against-suspects.js";
import type { ClassFinding, Figure, ImageCard, ImageGroup, RecordTable, Report } from "../../report/model.js";
import { amplifiedDifference, type Picture, thumbnail } from "../../report/thumbnail.js";
import { programVersion } from "../../version.js";
import { imageDigest } from "../image-digest.js";
import type { ScanOptions } from "../options.js";
import type { ScanData } from "../scan-data.js";
import type { JudgedClass, Verdict } from "../verdict.js";
import { fairShare } from "./fair-share.js";
import { nearestAmong } from "./nearest.js";
import { verdictText } from "./verdict-text.js";

/** Flagged images shown; the tables of a scan name all of them. */
const mostFlagged = 480;
/** Images shown that are next in rank to those flagged, in all and of one class. */
const [mostNext, nextPerClass] = [96, 12];
const [mostReference, referencePerClass] = [96, 8];
/** Classes whose scores are drawn. */
const mostFigures = 8;
const numNearest = 2;
/** Pictures that are made small at the same time. */
const encodedAtOnce = 8;

/** What a scan's report shows. @param activations of all images, in the order of the data's rows */
export async function scanReport(
  options: ScanOptions,
  data: ScanData,
  verdict: Verdict,
  activations: Pick<Activations, "cols" | "data">,
  made: Date,
): Promise<Report> {
  const { classes } = verdict;
  // Without evidence there is nothing to flag, and still something to look at.
  const odd = classes.filter((one) => one.isEvidence);
  const shown = odd.length > 0 ? odd : classes.filter(({ p }) => p !== undefined);
  return {
    kind: "scan",
    subject: options.data,
    made: made.toISOString(),
    key: sha256OfJson([data.images, options.data]).slice(0, 16),
    verdict: verdictText(verdict, options),
    measures: [],
    classes: classes.map(findingOf),
    suspects: await suspectGroups(data, activations, shown),
    reference: await referenceGroups(data, classes),
    figures: shown.slice(0, mostFigures).flatMap(figuresOf),
    records: recordsOf(options, data),
  };
}

const findingOf = (one: JudgedClass): ClassFinding => ({
  name: one.name,
  suspects: one.suspects,
  trusted: one.trusted,
  p: one.p,
  adjustedP: one.adjustedP,
  isEvidence: one.isEvidence,
  notCleanAtLeast: one.atLeast,
  flagged: one.numFlagged,
  wouldNotice: one.wouldNotice,
});

async function suspectGroups(
  data: ScanData,
  activations: Pick<Activations, "cols" | "data">,
  classes: readonly JudgedClass[],
): Promise<ImageGroup[]> {
  const flagged = fairShare(
    classes.map(({ numFlagged }) => numFlagged),
    mostFlagged,
  );
  const next = fairShare(
    classes.map((one) => Math.min(nextPerClass, one.suspects - one.numFlagged)),
    mostNext,
  );
  const groups: ImageGroup[] = [];
  for (const [c, one] of classes.entries()) {
    const byScore = descending(one.scores);
    const rankOf = new Map(byScore.map((i, at) => [i, at + 1]));
    const ofKind = (mark: number) => byScore.filter((i) => one.flagged[i] === mark);
    const chosen = [...ofKind(1).slice(0, flagged[c]), ...ofKind(0).slice(0, next[c])];
    const unflagged = one.rows.filter((_, i) => one.flagged[i] === 0);
    const nearest = nearestAmong(activations, unflagged, numNearest);
    const cards = await mapConcurrently(chosen, encodedAtOnce, async (i): Promise<ImageCard> => {
      const picture = pictureOf(data, one.rows[i]);
      const others = Array.from(nearest(one.rows[i]), (row) => ({ row, picture: pictureOf(data, row) }));
      return {
        ...(await shownImage(data, one.rows[i], picture)),
        rank: rankOf.get(i) ?? 0,
        score: one.scores[i],
        isFlagged: one.flagged[i] === 1,
        details: [
          { name: "p", value: one.pValues[i].toPrecision(2), number: one.pValues[i] },
          { name: "e-value", value: one.eValues[i].toPrecision(3), number: one.eValues[i] },
          {
            name: "flagged in",
            value: `${Math.round(100 * one.flaggedIn[i])} % of splits`,
            number: one.flaggedIn[i],
          },
        ],
        nearest: await Promise.all(
          others.map(async (other) => ({
            file: data.nameOf(other.row),
            thumbnail: await thumbnail(other.picture),
          })),
        ),
        difference: others.length > 0 ? await differenceFrom(picture, others[0].picture) : undefined,
      };
    });
    if (cards.length > 0) groups.push({ className: one.name, total: one.numFlagged, cards });
  }
  return groups;
}

async function referenceGroups(data: ScanData, classes: readonly JudgedClass[]): Promise<ImageGroup[]> {
  const places = fairShare(
    classes.map((one) => Math.min(referencePerClass, one.reference.rows.length)),
    mostReference,
  );
  const groups: ImageGroup[] = [];
  for (const [c, { name, reference }] of classes.entries()) {
    const chosen = descending(reference.scores).slice(0, places[c]);
    const cards = await mapConcurrently(
      chosen,
      encodedAtOnce,
      async (i): Promise<ImageCard> => ({
        ...(await shownImage(data, reference.rows[i], pictureOf(data, reference.rows[i]))),
        rank: chosen.indexOf(i) + 1,
        score: reference.scores[i],
        isFlagged: false,
        details: [],
        nearest: [],
        difference: undefined,
      }),
    );
    if (cards.length > 0) groups.push({ className: name, total: reference.rows.length, cards });
  }
  return groups;
}

/** Positions, the highest value first. */
const descending = (values: Float64Array): number[] =>
  [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);

function pictureOf({ subject }: ScanData, row: number): Picture {
  const { pixels } = subject.images;
  return { pixels: pixels.read(row).slice(), height: pixels.height, width: pixels.width };
}

const shownImage = async (
  data: ScanData,
  row: number,
  picture: Picture,
): Promise<Pick<ImageCard, "file" | "sha256" | "thumbnail">> => ({
  file: data.nameOf(row),
  sha256: await imageDigest(data, row),
  thumbnail: await thumbnail(picture),
});

async function differenceFrom(one: Picture, other: Picture): Promise<ImageCard["difference"]> {
  const { picture, factor } = amplifiedDifference(one, other);
  return { factor, thumbnail: await thumbnail(picture) };
}

function figuresOf(one: JudgedClass): Figure[] {
  if (one.p === undefined) return [];
  const { scores: suspects, flagged, reference } = one;
  const scores: Figure = {
    title: `Scores in class “${one.name}”`,
    caption:
      "How high trusted images score (line) shows how high clean ones do. Suspects to the right of it are what the test sees." +
      (one.numFlagged > 0 ? " The dashed line is the lowest score that is flagged." : ""),
    spec: nullAgainstSuspects({ trusted: reference.scores, suspects, flagged }),
  };
  if (!one.isEvidence || one.atLeast === 0) return [scores];
  const bound: Figure = {
    title: `How many are not clean in class “${one.name}”`,
    caption:
      "Of the k images with the highest scores (of the first split) at least so many are not clean, for all k at once: the cut may be chosen after looking. On the dotted line all of them would be.",
    spec: boundCurve(one.bound),
  };
  return [scores, bound];
}

const recordsOf = (options: ScanOptions, { images, alsoTrusted }: ScanData): RecordTable[] => [
  {
    title: "Settings",
    rows: Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name: name === "data" ? name : `--${name}`, value: String(value) }],
    ),
  },
  {
    title: "Origin",
    rows: [
      { name: "poisonspot", value: programVersion },
      { name: "Node.js", value: process.version },
      { name: "images, SHA-256", value: images },
      { name: "images that are trusted as well, not looked at", value: String(alsoTrusted.length) },
    ],
  },
];
