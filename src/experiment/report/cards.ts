import type { ImageSet } from "../../datasets/image-set.js";
import { roundedPixels } from "../../datasets/rounded-pixels.js";
import { mapConcurrently } from "../../files/map-concurrently.js";
import { sha256Of } from "../../files/sha256.js";
import { quantile } from "../../plots/score-by-epoch.js";
import type { ImageCard, ImageGroup } from "../../report/model.js";
import { agreeingDetail, type Comparison } from "../../report/read-comparison.js";
import { scoreDetails } from "../../report/score-details.js";
import { differenceFrom, encodedAtOnce, type Picture, thumbnail } from "../../report/thumbnail.js";
import { highestFirst } from "../../statistics/ranks.js";
import type { Experiment } from "../experiment.js";
import type { Findings } from "./findings.js";
import { shownSuspects } from "./shown-suspects.js";

type Shown = Pick<Experiment, "config" | "dataset" | "subject" | "truth">;

/** Poisons further down that are shown as well, and clean reference samples. */
const [mostMissed, mostReference] = [80, 24];

/** The suspects of the highest scores, and poisons that are not flagged. @param cut a score above it is flagged */
export async function suspectGroups(
  { config, dataset, subject, truth }: Shown,
  { scores: { scores, sampleIds }, calibrated, nearest, traces }: Findings,
  cut: number,
  comparison: Comparison | undefined,
): Promise<ImageGroup[]> {
  const className = dataset.classNames[config.targetClass];
  const poisons = new Set(truth.allPoisonIds);
  const ranked = highestFirst(scores);
  const rankOf = new Map(ranked.map((i, at) => [i, at + 1]));
  const first = shownSuspects(scores, cut);
  const isShown = new Set(first);
  const missed = ranked.filter((i) => poisons.has(sampleIds[i]) && !isShown.has(i) && scores[i] <= cut);
  const cards = await mapConcurrently(
    [...first, ...missed.slice(0, mostMissed)],
    encodedAtOnce,
    async (i): Promise<ImageCard> => {
      const id = sampleIds[i];
      const isPoison = poisons.has(id);
      const picture = pictureOf(subject.images, id);
      const others = (nearest.get(id) ?? []).map((other, place) => ({
        file: nameOf(subject.images, other),
        caption: place === 0 ? "nearest" : "next",
        picture: pictureOf(subject.images, other),
      }));
      const before = {
        file: nameOf(dataset.train, id),
        caption: "before",
        picture: pictureOf(dataset.train, id),
      };
      const beside = isPoison ? [before, ...others] : others;
      return {
        file: nameOf(subject.images, id),
        sha256: sha256Of(picture.pixels),
        thumbnail: await thumbnail(picture),
        rank: rankOf.get(i) ?? 0,
        score: scores[i],
        isFlagged: scores[i] > cut,
        details: [
          { name: "truth", value: isPoison ? "poison" : "clean", number: isPoison ? 1 : 0 },
          ...(calibrated ? scoreDetails(calibrated, i) : []),
          ...(comparison ? [agreeingDetail(comparison, nameOf(subject.images, id), className)] : []),
        ],
        beside: await Promise.all(
          beside.map(async (one) => ({ ...one, thumbnail: await thumbnail(one.picture) })),
        ),
        difference: beside.length > 0 ? await differenceFrom(picture, beside[0].picture) : undefined,
        trace: traces.suspects[i],
        truth: isPoison ? "poison" : "clean",
      };
    },
  );
  if (cards.length === 0) return [];
  const total = scores.filter((score) => score > cut).length;
  return [{ className, total, cards, traced: tracedBeside(traces) }];
}

/** Clean reference samples that look most like suspects. */
export async function referenceGroups(
  { config, dataset, subject: { images } }: Shown,
  { scores: { cleanIds, cleanScores }, traces }: Findings,
): Promise<ImageGroup[]> {
  const chosen = highestFirst(cleanScores).slice(0, mostReference);
  const cards = await mapConcurrently(chosen, encodedAtOnce, async (i): Promise<ImageCard> => {
    const picture = pictureOf(images, cleanIds[i]);
    return {
      file: nameOf(images, cleanIds[i]),
      sha256: sha256Of(picture.pixels),
      thumbnail: await thumbnail(picture),
      rank: chosen.indexOf(i) + 1,
      score: cleanScores[i],
      isFlagged: false,
      details: [],
      beside: [],
      difference: undefined,
      trace: traces.clean[i],
    };
  });
  if (cards.length === 0) return [];
  const className = dataset.classNames[config.targetClass];
  return [{ className, total: cleanIds.length, cards, traced: tracedBeside(traces) }];
}

const nameOf = ({ sourceOf }: ImageSet, id: number): string => sourceOf?.(id) ?? `training image ${id}`;

function tracedBeside({ epochs, clean }: Findings["traces"]): NonNullable<ImageGroup["traced"]> {
  const usual = epochs.map((_, e) =>
    quantile(
      clean.map((trace) => trace[e]).filter((score) => !Number.isNaN(score)),
      0.5,
    ),
  );
  return { epochs, usual };
}

/** An image as the network sees it before augmentation, in 8 bits. */
function pictureOf(set: ImageSet, row: number): Picture {
  const { height, width } = set.pixels;
  return { pixels: roundedPixels(set, row), height, width };
}
