import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { formatCount } from "../format.js";
import { createRng, sampleWithoutReplacement } from "../random/rng.js";
import type { Run } from "../run.js";
import { fewestTrusted } from "./class-verdict.js";
import { fairShare } from "./fair-share.js";
import type { ScanOptions } from "./options.js";
import { pathList } from "./outputs/lists.js";
import type { ScanData } from "./scan-data.js";
import { scoreNames } from "./score-names.js";
import { whatIsNoticed } from "./what-is-noticed.js";

/**
 * Draws images that somebody should look at, so that those found clean may be trusted: evenly over the classes, at random within
 * each, at most half of it. At random, as a test compares ranks: trusted images must be drawn as clean suspects are, and neither those that
 * look suspicious nor those that look clean are.
 * @returns int32, rows of suspects, class by class
 */
export function pickReference(
  { classes }: Pick<ScanData, "classes">,
  count: number,
  seed: number,
): Int32Array {
  const shares = fairShare(
    classes.map(({ suspects }) => suspects.length >> 1),
    count,
  );
  return Int32Array.from(
    classes.flatMap(({ name, suspects }, c) => {
      const rng = createRng(seed).fork(`scan/reference/class-${name}`);
      return [...sampleWithoutReplacement(rng, suspects, shares[c])].sort((a, b) => a - b);
    }),
  );
}

type Options = Pick<ScanOptions, "out" | "pick_reference" | "level" | "global_seed">;

const pathIn = (out: string): string => join(out, "reference.txt");

/** Where it is asked for, writes `reference.txt` in the form that `--trusted` takes, unless it is there: somebody may have struck lines. */
export async function writeReference(
  { out, pick_reference: wanted, global_seed: seed }: Options,
  data: ScanData,
  { reporter }: Run,
): Promise<void> {
  if (wanted === undefined) return;
  const path = pathIn(out);
  if (await exists(path)) {
    reporter.info(`reference: ${path} is there already and stays as it is`);
    return;
  }
  const rows = pickReference(data, wanted, seed);
  await writeFileAtomic(path, pathList(Array.from(rows, (row) => ({ file: data.nameOf(row) }))));
}

/** What to do with the images that were drawn, and what for, in lines for people. */
export function describeReference(
  { out, pick_reference: wanted, level, global_seed: seed }: Options,
  data: ScanData,
): string[] {
  if (wanted === undefined) return [];
  const drawn = new Set(pickReference(data, wanted, seed));
  const counts = data.classes.map(({ name, suspects }) => {
    const trusted = suspects.filter((row) => drawn.has(row)).length;
    return { name, suspects: suspects.length - trusted, trusted };
  });
  const able = whatIsNoticed(counts, level / (scoreNames.length * counts.length))
    .map(({ wouldNotice }) => wouldNotice)
    .filter((value) => typeof value === "number")
    .sort((a, b) => a - b);
  const [least, most] = [able[0], able[able.length - 1]];
  const few = counts.filter(({ trusted }) => trusted < fewestTrusted).length;
  const lines = [
    `look at the ${formatCount(drawn.size)} images in ${pathIn(out)}, strike those that are not clean, and scan with --trusted ${pathIn(out)} and another --out`,
  ];
  if (able.length > 0)
    lines.push(
      `with all of them trusted, ${least === most ? "" : `${formatCount(least)} to `}${formatCount(most)} or more poisons of a class that stand out would be noticed`,
    );
  if (few > 0)
    lines.push(
      `${formatCount(few)} of ${formatCount(counts.length)} classes have fewer than the ${fewestTrusted} images that a test takes`,
    );
  return lines.map((line) => `reference: ${line}`);
}
