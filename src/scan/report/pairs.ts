import { mapConcurrently } from "../../files/map-concurrently.js";
import type { ImagePair, PairGroup } from "../../report/model.js";
import { differenceFrom, encodedAtOnce, thumbnail } from "../../report/thumbnail.js";
import { imageDigest } from "../image-digest.js";
import type { Pair } from "../same-images.js";
import type { ScanData } from "../scan-data.js";
import type { Verdict } from "../verdict.js";
import { pictureOf } from "./cards.js";

/** Pairs of a kind that are shown; report.json names more. */
const mostPairs = 48;

/** Suspects that equal a trusted image of another class, or look nearly like a trusted one: those of another class first. */
export async function pairGroups(data: ScanData, { classes }: Verdict): Promise<PairGroup[]> {
  const { labels } = data.subject.images;
  const flagged = new Set(classes.flatMap((one) => [...one.rows].filter((_, i) => one.flagged[i] === 1)));
  const group = async (kind: PairGroup["kind"], all: readonly Pair[]): Promise<PairGroup[]> => {
    const isOfOneClass = ({ row, trusted }: Pair) => Number(labels[row] === labels[trusted]);
    const first = [...all].sort((a, b) => isOfOneClass(a) - isOfOneClass(b)).slice(0, mostPairs);
    const pairs = await mapConcurrently(first, encodedAtOnce, (pair) => imagePair(data, pair, flagged));
    return pairs.length === 0 ? [] : [{ kind, total: all.length, pairs }];
  };
  return [...(await group("contradicted", data.contradicted)), ...(await group("near", data.near))];
}

async function imagePair(
  data: ScanData,
  { row, trusted }: Pair,
  flagged: ReadonlySet<number>,
): Promise<ImagePair> {
  const [one, other] = [pictureOf(data, row), pictureOf(data, trusted)];
  const isEqual = Buffer.compare(one.pixels, other.pixels) === 0;
  const paired = async (of: number, picture: typeof one) => ({
    file: data.nameOf(of),
    className: data.classes[data.subject.images.labels[of]].name,
    thumbnail: await thumbnail(picture),
  });
  return {
    suspect: {
      ...(await paired(row, one)),
      sha256: await imageDigest(data, row),
      isFlagged: flagged.has(row),
    },
    trusted: await paired(trusted, other),
    difference: isEqual ? undefined : await differenceFrom(one, other),
  };
}
