import { shownPath } from "../../files/shown-path.js";
import { counted, formatCount } from "../../format.js";
import type { VerdictText } from "../../report/model.js";
import { fewestTrusted } from "../class-verdict.js";
import type { ScanOptions } from "../options.js";
import type { JudgedClass, Verdict } from "../verdict.js";
import { suppositionText } from "./supposition.js";

/** Classes named one by one. */
const namedClasses = 3;

/** What a scan found, in words: what it means, what could have been seen, and what it cannot say. */
export function verdictText(
  { finding, classes }: Verdict,
  { level, fdr, reference_poison: upTo }: Pick<ScanOptions, "level" | "fdr" | "reference_poison">,
): VerdictText {
  const odd = classes.filter((one) => one.isEvidence);
  const tested = classes.filter(({ p }) => p !== undefined);
  const quiet = tested.filter((one) => !one.isEvidence);
  const flagged = odd.reduce((sum, { numFlagged }) => sum + numFlagged, 0);
  const sum = (count: (one: JudgedClass) => number) =>
    formatCount(classes.reduce((s, one) => s + count(one), 0));
  return {
    tone: (
      {
        evidence: "evidence",
        "no evidence": "none",
        inconclusive: "inconclusive",
        uncalibrated: "inconclusive",
      } as const
    )[finding],
    headline: headline(finding, odd.length, tested.length, classes.length),
    lines: [
      ...(finding === "uncalibrated" ? uncalibrated : []),
      ...whatDiffers(odd, level),
      ...(flagged > 0
        ? [
            `${formatCount(flagged)} ${flagged === 1 ? "image is" : "images are"} flagged; on average at most ${share(fdr)} of flagged images are clean. ` +
              "A difference is not yet poison: it is also what a mistaken label, a duplicate or another camera gives. Look at them.",
          ]
        : []),
      ...whatIsUnflagged(odd),
      ...whatWasSeen(quiet),
      ...suppositionText(classes, upTo),
      ...(tested.length < classes.length && finding !== "uncalibrated"
        ? [
            `${counted(classes.length - tested.length, "class", "classes")} could not be looked at: that takes ${fewestTrusted} trusted images in a class, and others to compare them with. Nothing follows for their images: clean they may be, or not. More trusted images (--trusted) change that.`,
          ]
        : []),
      ...(tested.length > 0
        ? [
            `The chance of a false alarm over all classes is at most ${share(level)}, provided that the trusted images of a class are drawn as its others are. Trusted images from another source make every other image look odd.`,
          ]
        : []),
    ],
    numbers: [
      { name: "images", value: sum((one) => one.suspects) },
      { name: "trusted", value: sum((one) => one.trusted) },
      { name: "classes", value: formatCount(classes.length) },
      ...(finding === "uncalibrated"
        ? []
        : [
            { name: "with evidence", value: formatCount(odd.length) },
            { name: "flagged", value: formatCount(flagged) },
          ]),
    ],
  };
}

const uncalibrated = [
  "Classes and images are ranked; whether any of them is poison is not known.",
  "Classes are in the order of how unusual they are among the others, images in that of their scores: look at the first of each. Some class and some image always come first, also where all are clean.",
  "With images that somebody has looked at a scan can say more: --pick_reference draws some to look at, --trusted names those found clean.",
];

/** That a class differs can be sure where of no single image it is. */
function whatIsUnflagged(odd: readonly JudgedClass[]): string[] {
  const unflagged = odd.filter(({ numFlagged }) => numFlagged === 0);
  if (unflagged.length === 0) return [];
  const classes =
    unflagged.length === 1
      ? `class “${shownPath(unflagged[0].name)}”`
      : `${formatCount(unflagged.length)} of these classes`;
  return [
    `In ${classes} no image is flagged: too few are trusted to tell which ones are not clean. Look at those of the highest scores.`,
  ];
}

function headline(finding: Verdict["finding"], odd: number, tested: number, of: number): string {
  if (finding === "evidence") return `Evidence of poison in ${odd} of ${counted(of, "class", "classes")}`;
  if (finding === "uncalibrated") return "Uncalibrated: no image is trusted, so nothing could be tested";
  if (finding === "no evidence") return "No evidence of poison";
  return tested === 0
    ? "Inconclusive: no class could be looked at"
    : "Inconclusive: in some classes poison could hide that was to be noticed";
}

function whatDiffers(odd: readonly JudgedClass[], level: number): string[] {
  const named = odd
    .slice(0, namedClasses)
    .map((one) =>
      one.atLeast === 0
        ? `Class “${shownPath(one.name)}” differs from its trusted images; how many of its ${counted(one.suspects, "image", "images")} are not clean cannot be said.`
        : `In class “${shownPath(one.name)}” at least ${formatCount(one.atLeast)} of ${counted(one.suspects, "image is", "images are")} not clean (with a confidence of ${share(1 - level)}).`,
    );
  const others = odd.length - named.length;
  return others > 0
    ? [...named, `${counted(others, "more class differs", "more classes differ")}: see the table.`]
    : named;
}

/** "would notice 34 or more poisons of 5,000; fewer can hide" */
function whatWasSeen(quiet: readonly JudgedClass[]): string[] {
  if (quiet.length === 0) return [];
  const able = quiet.flatMap(({ wouldNotice, suspects }) =>
    wouldNotice === undefined ? [] : [{ wouldNotice, suspects }],
  );
  const blind = quiet.length - able.length;
  const lines: string[] = [];
  if (able.length > 0) {
    const range = ([first, last]: readonly [number, number]) =>
      first === last ? formatCount(first) : `${formatCount(first)} to ${formatCount(last)}`;
    const notice = range(extremes(able.map((one) => one.wouldNotice)));
    const of = range(extremes(able.map((one) => one.suspects)));
    lines.push(
      `In ${counted(able.length, "class", "classes")} without evidence the scan would notice ${notice} or more poisons of ${of} images; fewer can hide.`,
      "That holds for poisons which score above all others; of such as stand out less it takes more.",
    );
  }
  if (blind > 0)
    lines.push(
      `In ${counted(blind, "class", "classes")} there are too few trusted images to notice any number of poisons.`,
    );
  return lines;
}

const extremes = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, 0],
  );

/** 0.05 is "5 %", which no line is to break. */
const share = (fraction: number): string => `${Number((100 * fraction).toFixed(2))}\u00a0%`;
