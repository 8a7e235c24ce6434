import type { ImageCard, ImageGroup, Report } from "./model.js";

/** What the images of a report may take of its 15 MB; classes by the thousand and figures take a few. */
const budget = 11_000_000;
/** Of a card beside its images. */
const markupBytes = 1500;

/** A report with as many images as a page may hold: of each class those of the highest rank. */
export function withinBudget(report: Report): Report {
  const size = [...report.suspects, ...report.reference]
    .flatMap(({ cards }) => cards)
    .reduce((sum, card) => sum + bytesOf(card), 0);
  const places =
    budget -
    report.pairs
      .flatMap(({ pairs }) => pairs)
      .reduce(
        (sum, pair) =>
          sum + bytesOf({ ...pair.suspect, beside: [pair.trusted], difference: pair.difference }),
        0,
      );
  if (size <= places) return report;
  const reduced = (groups: readonly ImageGroup[]): ImageGroup[] =>
    groups.map((group) => ({ ...group, cards: firstOf(group.cards, places / size) }));
  return { ...report, suspects: reduced(report.suspects), reference: reduced(report.reference) };
}

/** The first cards, which take no more than this share of them all. */
function firstOf(cards: readonly ImageCard[], share: number): ImageCard[] {
  const most = share * cards.reduce((sum, card) => sum + bytesOf(card), 0);
  let sum = 0;
  return cards.filter((card) => {
    sum += bytesOf(card);
    return sum <= most;
  });
}

/** As base64 in the page. */
function bytesOf({
  thumbnail,
  beside,
  difference,
}: Pick<ImageCard, "thumbnail" | "difference"> & {
  readonly beside: readonly Pick<ImageCard, "thumbnail">[];
}): number {
  const pictures = [
    thumbnail,
    ...beside.map((one) => one.thumbnail),
    ...(difference ? [difference.thumbnail] : []),
  ];
  return markupBytes + pictures.reduce((sum, { webp }) => sum + (4 / 3) * webp.length, 0);
}
