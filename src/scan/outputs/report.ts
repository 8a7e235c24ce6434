import { z } from "zod";
import type { SourceFinding } from "../../report/model.js";
import { programVersion } from "../../version.js";
import { decisionsSchema } from "../decisions.js";
import type { Examined } from "../examine.js";
import type { ScanOptions } from "../options.js";
import type { Pair } from "../same-images.js";
import type { ScanData } from "../scan-data.js";
import { findings } from "../verdict.js";

const count = z.int().min(0);
const pValue = z.number().min(0).max(1).nullable();

/** Of each kind; the scan's own lines name fewer. */
const mostPairs = 1000;
const mostSources = 1000;

const pairs = z.strictObject({
  count,
  listed: z
    .array(
      z.strictObject({
        file: z.string().describe("The suspect, as results.csv names it."),
        label: z.string().describe("Its class."),
        trusted: z.string().describe("The trusted image."),
        trustedLabel: z.string().describe("That one's class."),
      }),
    )
    .max(mostPairs)
    .describe("The first of them, in the data's order."),
});

const sources = z.strictObject({
  count: count.describe("Sources that images come from; 0 where the data names none."),
  listed: z
    .array(
      z.strictObject({
        name: z.string().nullable().describe("null: images whose source is not given."),
        images: count.describe("Images of the data, those that are trusted as well left out."),
        flagged: count.describe("Of these."),
        p: pValue.describe(
          "How likely so much excess of its images at the top of a ranking among trusted ones is if they are like these; corrected for the number of its classes and scores (Bonferroni); null: not tested.",
        ),
        adjustedP: pValue.describe("The same, corrected for the number of sources (Holm)."),
        isEvidence: z
          .boolean()
          .describe(
            "Whether adjustedP is at most settings.level. These tests have that chance of a false alarm of their own; they change neither the finding nor the flags.",
          ),
      }),
    )
    .max(mostSources)
    .describe("The first of them, most suspicious first."),
});

const judged = z.strictObject({
  adjustedP: z.number().min(0).max(1),
  isEvidence: z.boolean(),
  flagged: count,
});

/** What `report.json` holds; `docs/scan-report.schema.json` is made from it. */
export const reportSchema = z
  .strictObject({
    schemaVersion: z.literal(1).describe("Another number where a field has another meaning or is gone."),
    version: z.string().describe("Of poisonspot."),
    finding: z
      .enum(findings)
      .describe(
        "evidence: a class is not like its trusted images; inconclusive: no class could be looked at, or one could not have shown as few poisons as settings.at_least; uncalibrated: no image is trusted, so that nothing was tested.",
      ),
    data: z.string().describe("What was scanned, as it was named."),
    trusted: z
      .string()
      .nullable()
      .describe("The trusted images, as they were named; null: the data says which they are, or none are."),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("Every other flag by its name."),
    images: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("SHA-256 of all images as the network saw them and of their labels, trusted ones included."),
    suspectsThatAreTrusted: z
      .array(z.string())
      .describe("Images of the data that are among the trusted ones as well, and were not looked at."),
    suspectsThatContradictTrusted: pairs.describe(
      "Images that equal a trusted one of another class pixel by pixel: one of the two labels is wrong. They were looked at.",
    ),
    suspectsNearTrusted: pairs.describe(
      "Images that equal no trusted one and look nearly like one, of whatever class. They were looked at.",
    ),
    decisions: decisionsSchema
      .nullable()
      .describe("What a reviewer has decided about images, given with --decisions; null: nothing."),
    classes: z
      .array(
        z.strictObject({
          name: z.string(),
          suspects: count.describe("Images looked at."),
          trusted: count.describe("Trusted images of the class."),
          p: pValue.describe(
            "How likely so much excess of suspects at the top of a ranking is in a clean class, corrected for the number of scores (Bonferroni); null: not looked at.",
          ),
          adjustedP: pValue.describe(
            "The same, corrected for the number of classes (Holm): evidence where it is at most settings.level.",
          ),
          notCleanAtLeast: count.describe(
            "So many images are not clean, with a chance of 1 - settings.level.",
          ),
          wouldNotice: count
            .nullable()
            .describe(
              "So many poisons that stand out are noticed with a chance of 90 %; null: no number is.",
            ),
          flagged: count.describe("Images flagged."),
          leading: z
            .string()
            .nullable()
            .describe(
              "The score with the smallest p, by which images are flagged and counted; null: not looked at.",
            ),
          scores: z
            .array(z.strictObject({ name: z.string(), p: z.number().min(0).max(1) }))
            .describe("What each score says of the class."),
          ifReferencePoisoned: z
            .strictObject({ least: judged, most: judged })
            .nullable()
            .describe(
              "If up to settings.reference_poison trusted images of each class are poison, the ends of what would be found, whichever they are; null: not asked for.",
            ),
          rankings: z
            .array(
              z.strictObject({
                name: z.string(),
                skewness: z.number().describe("Third moment of the scores in units of their deviation."),
                aboveOthers: z
                  .number()
                  .nullable()
                  .describe("The skewness less the median of the other classes'; null: there are none."),
              }),
            )
            .describe(
              "Of an uncalibrated scan: how unusual the class is among the others by each score. Says nothing of chance.",
            ),
        }),
      )
      .describe("Most suspicious first."),
    sources: sources.describe("Who the images come from, where the data says."),
  })
  .meta({ title: "What poisonspot scan found: report.json" });

type Report = z.infer<typeof reportSchema>;

/** What of a scan its results tell. */
export type Reported = Pick<Examined, "data" | "verdict" | "sources" | "decisions">;

export function reportOf(options: ScanOptions, { data, verdict, sources, decisions }: Reported): Report {
  const { data: folder, trusted, ...settings } = options;
  return {
    schemaVersion: 1,
    version: programVersion,
    finding: verdict.finding,
    data: folder,
    trusted: trusted ?? null,
    // What was not given is left out.
    settings: JSON.parse(JSON.stringify(settings)),
    images: data.images,
    suspectsThatAreTrusted: Array.from(data.alsoTrusted, data.nameOf),
    suspectsThatContradictTrusted: pairsOf(data, data.contradicted),
    suspectsNearTrusted: pairsOf(data, data.near),
    decisions: decisions ?? null,
    classes: verdict.classes.map((one) => ({
      name: one.name,
      suspects: one.suspects,
      trusted: one.trusted,
      p: one.p ?? null,
      adjustedP: one.adjustedP ?? null,
      notCleanAtLeast: one.atLeast,
      wouldNotice: one.wouldNotice ?? null,
      flagged: one.numFlagged,
      leading: one.leading ?? null,
      scores: one.byScore.map(({ score: name, p }) => ({ name, p })),
      ifReferencePoisoned: one.ifReferencePoisoned ?? null,
      rankings: (one.rankings ?? []).map(({ score: name, skewness, aboveOthers }) => ({
        name,
        skewness,
        aboveOthers: aboveOthers ?? null,
      })),
    })),
    sources: sourcesOf(sources),
  };
}

const sourcesOf = (found: readonly SourceFinding[]): Report["sources"] => ({
  count: found.filter(({ name }) => name !== undefined).length,
  listed: found.slice(0, mostSources).map(({ name, p, adjustedP, ...one }) => ({
    ...{ name: name ?? null, images: one.images, flagged: one.flagged },
    ...{ p: p ?? null, adjustedP: adjustedP ?? null, isEvidence: one.isEvidence },
  })),
});

function pairsOf({ nameOf, classes, subject }: ScanData, all: readonly Pair[]): z.infer<typeof pairs> {
  const label = (row: number) => classes[subject.images.labels[row]].name;
  const listed = all.slice(0, mostPairs).map(({ row, trusted }) => ({
    file: nameOf(row),
    label: label(row),
    trusted: nameOf(trusted),
    trustedLabel: label(trusted),
  }));
  return { count: all.length, listed };
}
