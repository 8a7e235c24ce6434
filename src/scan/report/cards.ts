import type { Activations } from "../../capture/activations.js";
import { mapConcurrently } from "../../files/map-concurrently.js";
import type { ImageCard, ImageGroup } from "../../report/model.js";
import { nearestAmong } from "../../report/nearest.js";
import { agreeingDetail, type Comparison } from "../../report/read-comparison.js";
import { scoreDetails } from "../../report/score-details.js";
import { differenceFrom, encodedAtOnce, type Picture, thumbnail } from "../../report/thumbnail.js";
import { highestFirst } from "../../statistics/ranks.js";
import { fairShare } from "../fair-share.js";
import { imageDigest } from "../image-digest.js";
import type { ScanData } from "../scan-data.js";
import type { JudgedClass } from "../verdict.js";

/** Flagged images shown; the tables of a scan name all of them. */
const mostFlagged = 480;
/** Images shown that are next in rank to those flagged, in all and of one class. */
const [mostNext, nextPerClass] = [96, 12];
const [mostReference, referencePerClass] = [96, 8];
const numNearest = 2;

/**
 * Of classes their flagged images and those next in rank, each beside unflagged ones.
 * @param activations of all images, in the order of the data's rows
 */
export async function suspectGroups(
  data: ScanData,
  activations: Pick<Activations, "cols" | "data">,
  classes: readonly JudgedClass[],
  comparison: Comparison | undefined,
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
    const byScore = highestFirst(one.scores);
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
          ...(one.p === undefined ? [] : scoreDetails(one, i)),
          ...(comparison ? [agreeingDetail(comparison, data.nameOf(one.rows[i]), one.name)] : []),
        ],
        beside: await Promise.all(
          others.map(async (other, i) => ({
            file: data.nameOf(other.row),
            caption: i === 0 ? "nearest" : "next",
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

/** Of classes their trusted images of the highest scores. */
export async function referenceGroups(
  data: ScanData,
  classes: readonly JudgedClass[],
): Promise<ImageGroup[]> {
  const places = fairShare(
    classes.map((one) => Math.min(referencePerClass, one.reference.rows.length)),
    mostReference,
  );
  const groups: ImageGroup[] = [];
  for (const [c, { name, reference }] of classes.entries()) {
    const chosen = highestFirst(reference.scores).slice(0, places[c]);
    const cards = await mapConcurrently(
      chosen,
      encodedAtOnce,
      async (i): Promise<ImageCard> => ({
        ...(await shownImage(data, reference.rows[i], pictureOf(data, reference.rows[i]))),
        rank: chosen.indexOf(i) + 1,
        score: reference.scores[i],
        isFlagged: false,
        details: [],
        beside: [],
        difference: undefined,
      }),
    );
    if (cards.length > 0) groups.push({ className: name, total: reference.rows.length, cards });
  }
  return groups;
}

/** An image as the network sees it before augmentation. */
export function pictureOf({ subject }: ScanData, row: number): Picture {
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
