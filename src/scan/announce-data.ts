import { namesOf } from "../datasets/bad-files.js";
import { formatCount } from "../format.js";
import type { Reporter } from "../reporter.js";
import { fewestTrusted } from "./class-verdict.js";
import type { Decisions } from "./decisions.js";
import type { Pair } from "./same-images.js";
import type { ScanData } from "./scan-data.js";

/** Says what a scan has read, and what of it is odd, before the long work begins. */
export function announceData(data: ScanData, reporter: Reporter): void {
  const { layout, classes, numSuspects, alsoTrusted, contradicted, near, nameOf } = data;
  const { count, height, width } = data.subject.images.pixels;
  const pairs = (all: readonly Pair[]) =>
    namesOf(all.map(({ row, trusted }) => `${nameOf(row)} (${nameOf(trusted)})`));
  const numTrusted = count - numSuspects;
  reporter.info(
    `data: ${layout}, ${numSuspects} images and ${numTrusted} trusted ones in ${classes.length} classes, ${width}x${height} pixels`,
  );
  if (alsoTrusted.length > 0)
    reporter.warn(
      `${formatCount(alsoTrusted.length)} images are among the trusted ones as well; they are not looked at`,
    );
  if (contradicted.length > 0)
    reporter.warn(
      `${formatCount(contradicted.length)} images equal a trusted one of another class: ${pairs(contradicted)}`,
    );
  if (near.length > 0)
    reporter.warn(`${formatCount(near.length)} images look nearly like a trusted one: ${pairs(near)}`);
  const unseen = classes.filter(({ trusted }) => trusted.length < fewestTrusted);
  if (unseen.length === classes.length)
    reporter.warn(
      `no class has the ${fewestTrusted} trusted images that it takes to look at it: the scan cannot find anything`,
    );
  else if (unseen.length > 0)
    reporter.info(
      `${formatCount(unseen.length)} classes have fewer than ${fewestTrusted} trusted images and will not be looked at: ${namesOf(unseen.map(({ name }) => name))}`,
    );
}

/** Says what a reviewer's decisions do, and what they do not. */
export function announceDecisions({ struck, kept }: Decisions, reporter: Reporter): void {
  reporter.info(
    `decisions: ${formatCount(struck.length)} trusted images are struck and compared with nothing, ${formatCount(kept.length)} images are not flagged; the network, which has seen the struck ones, is not trained again`,
  );
}
