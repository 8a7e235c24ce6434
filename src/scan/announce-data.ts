import { namesOf } from "../datasets/bad-files.js";
import type { Engine } from "../engine/engine.js";
import { counted, formatCount, formatDuration } from "../format.js";
import type { Reporter } from "../reporter.js";
import { fewestTrusted } from "./class-verdict.js";
import type { Decisions } from "./decisions.js";
import type { ScanOptions } from "./options.js";
import type { ScanOutline } from "./plan.js";
import type { Pair } from "./same-images.js";
import type { ScanData } from "./scan-data.js";

/** What a scan is about to do, in lines for people. */
export const describeOutline = (
  { layout, classes, numSuspects, numTrusted, side }: ScanOutline,
  { model, epochs }: Pick<ScanOptions, "model" | "epochs">,
): string[] => [
  `data: ${layout}, ${formatCount(numSuspects)} images and ${formatCount(numTrusted)} trusted ones in ${formatCount(classes.length)} classes`,
  `network: ${model} on ${side}x${side} pixels, ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`,
  ...(numTrusted === 0
    ? [
        "trusted: none. Classes are compared with each other and images ranked; nothing can be tested or flagged. Name images that you know to be clean with --trusted, or have some drawn to look at with --pick_reference",
      ]
    : []),
];

/** How long it takes with an engine, in a line for people. */
export function describeTime(
  { seconds }: ScanOutline,
  { name, device }: Pick<Engine, "name" | "device">,
): string {
  if (device === "gpu")
    return `time: less than ${formatDuration(seconds.tensorflow)}, which is roughly what two cores without a GPU take`;
  if (name === "cpu")
    return `time: much more than ${formatDuration(seconds.wasm)}, which is roughly what wasm takes on two cores`;
  return `time: roughly ${formatDuration(seconds[name === "wasm" ? "wasm" : "tensorflow"])} on two cores with nothing else to do`;
}

/** Says what of the data is odd, before the long work begins. */
export function announceData(data: ScanData, reporter: Reporter): void {
  const { classes, alsoTrusted, contradicted, near, nameOf } = data;
  const pairs = (all: readonly Pair[]) =>
    namesOf(all.map(({ row, trusted }) => `${nameOf(row)} (${nameOf(trusted)})`));
  if (alsoTrusted.length > 0)
    reporter.warn(
      alsoTrusted.length === 1
        ? `1 image is among the trusted ones as well; it is not looked at`
        : `${formatCount(alsoTrusted.length)} images are among the trusted ones as well; they are not looked at`,
    );
  if (contradicted.length > 0)
    reporter.warn(
      `${counted(contradicted.length, "image equals", "images equal")} a trusted one of another class: ${pairs(contradicted)}`,
    );
  if (near.length > 0)
    reporter.warn(
      `${counted(near.length, "image looks", "images look")} nearly like a trusted one: ${pairs(near)}`,
    );
  const unseen = classes.filter(({ trusted }) => trusted.length < fewestTrusted);
  if (data.numSuspects === data.subject.images.labels.length) return;
  if (unseen.length === classes.length)
    reporter.warn(
      `no class has the ${fewestTrusted} trusted images that it takes to look at it: the scan cannot find anything`,
    );
  else if (unseen.length > 0)
    reporter.info(
      `${counted(unseen.length, "class has", "classes have")} fewer than ${fewestTrusted} trusted images and will not be looked at: ${namesOf(unseen.map(({ name }) => name))}`,
    );
}

/** Says what a reviewer's decisions do, and what they do not. */
export function announceDecisions({ struck, kept }: Decisions, reporter: Reporter): void {
  reporter.info(
    `decisions: ${formatCount(struck.length)} trusted images are struck and compared with nothing, ${formatCount(kept.length)} images are not flagged; the network, which has seen the struck ones, is not trained again`,
  );
}
