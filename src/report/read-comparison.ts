import { join } from "node:path";
import { z } from "zod";
import { readJson } from "../files/atomic-file.js";
import { readRegularFile } from "../files/regular-file.js";
import type { Share } from "../statistics/share.js";
import { parseCsv, plainText } from "../store/csv.js";
import type { Agreement, ImageCard, OtherDetector } from "./model.js";

/** What a comparison of detectors has left, where it is about what a report shows. */
export interface Comparison {
  readonly agreement: Agreement;
  /** Titles of the detectors that flag an image, most of them none. */
  readonly flagging: (file: string, className: string) => readonly string[];
  /** Detectors that flag images of a class. */
  readonly flaggingIn: (className: string) => Share;
}

const share = z.object({ count: z.int().min(0), of: z.int().min(0) });
const maybe = z.number().optional();

const rate = z.number().min(0).max(1);
/** Of `compare.json`, what is shown. */
const schema = z.object({
  subject: z.string(),
  comparedWith: z.string(),
  detectors: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      assumesShare: z.boolean(),
      finding: z.string(),
      p: maybe,
      flagged: share,
      // Absent of what the others are held against.
      agreement: z.object({ jaccard: maybe, spearman: maybe }).optional(),
      truth: z
        .object({
          areaUnderRoc: rate.optional(),
          areaInterval: z.object({ lower: rate, upper: rate }).optional(),
          flagged: z.object({ poisons: share, clean: share }),
        })
        .optional(),
    }),
  ),
});

/** A table of 100,000 images and all detectors has about 20 MB. */
const maxTableBytes = 2 ** 28;

/**
 * Reads `compare.json` and `scores.csv`.
 * @param folder where they are
 * @param subject SHA-256 (hex) of what is to be shown: a comparison of anything else, or a damaged one, counts as none
 */
export async function readComparison(folder: string, subject: string): Promise<Comparison | undefined> {
  const found = schema.safeParse(await readJson(join(folder, "compare.json")).catch(() => undefined));
  if (!found.success || found.data.subject !== subject) return undefined;
  const { comparedWith, detectors } = found.data;
  const others = detectors.filter(({ agreement }) => agreement !== undefined);
  if (others.length === 0) return undefined;
  const bytes = await readRegularFile(join(folder, "scores.csv"), maxTableBytes).catch(() => undefined);
  const [header, ...lines] = parseCsv(bytes?.toString("utf8") ?? "");
  const columns = others.map(({ name, title }) => ({
    title,
    column: header?.indexOf(`${name}_flagged`) ?? -1,
  }));
  if (columns.some(({ column }) => column < 0)) return undefined;
  const byImage = new Map<string, readonly string[]>();
  const byClass = new Map<string, Set<string>>();
  for (const cells of lines) {
    const [file, className] = cells;
    const titles = columns.filter(({ column }) => cells[column] === "1").map(({ title }) => title);
    if (titles.length === 0) continue;
    byImage.set(keyOf(file, className), titles);
    const own = byClass.get(className) ?? new Set();
    for (const title of titles) own.add(title);
    byClass.set(className, own);
  }
  return {
    agreement: {
      with: comparedWith,
      own: detectors.filter(({ agreement }) => agreement === undefined).map(shownOf)[0],
      detectors: others.map(shownOf),
    },
    flagging: (file, className) => byImage.get(keyOf(plainText(file), plainText(className))) ?? [],
    flaggingIn: (className) => ({
      count: byClass.get(plainText(className))?.size ?? 0,
      of: others.length,
    }),
  };
}

const shownOf = ({
  agreement,
  truth,
  ...one
}: z.infer<typeof schema>["detectors"][number]): OtherDetector => ({
  ...{ title: one.title, finding: one.finding, p: one.p, flagged: one.flagged },
  assumesShare: one.assumesShare,
  jaccard: agreement?.jaccard,
  correlation: agreement?.spearman,
  ...(truth && {
    truth: {
      areaUnderRoc: truth.areaUnderRoc,
      areaInterval: truth.areaInterval,
      flagged: truth.flagged,
    },
  }),
});

const keyOf = (file: string, className: string): string => JSON.stringify([file, className]);

/** Titles shown on a card. */
const namedTitles = 3;

/** Who else flags an image, as a detail of its card. */
export function agreeingDetail(
  { agreement, flagging }: Comparison,
  file: string,
  className: string,
): ImageCard["details"][number] {
  const titles = flagging(file, className);
  const named = titles.slice(0, namedTitles).join(", ");
  const more = titles.length > namedTitles ? " …" : "";
  return {
    name: "others",
    value: `${titles.length} of ${agreement.detectors.length}${titles.length > 0 ? `: ${named}${more}` : ""}`,
    number: titles.length,
  };
}
