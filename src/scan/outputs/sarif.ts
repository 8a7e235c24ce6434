import type { JsonValue } from "../../files/atomic-file.js";
import { programVersion } from "../../version.js";
import { exitCodeOf } from "../exit-code.js";
import type { ScanOptions } from "../options.js";
import type { JudgedClass, Verdict } from "../verdict.js";
import type { ImageRecord } from "./image-records.js";

/** Of one run; readers such as GitHub's show no more. */
const maxResults = 5000;

const rules = {
  "class-evidence": "A class differs from its trusted images",
  "class-not-examined": "A class could not be looked at",
  "image-flagged": "An image is more suspicious than its class's trusted images",
} as const;
type RuleId = keyof typeof rules;
const ruleIds = Object.keys(rules) as RuleId[];

/**
 * What was found as SARIF 2.1.0: classes, each at its most suspicious image, then flagged images by falling score. Paths are
 * below the folder that was scanned.
 */
export function sarif(
  options: Pick<ScanOptions, "fail_on">,
  verdict: Verdict,
  records: readonly ImageRecord[],
): JsonValue {
  const results = [
    ...verdict.classes.flatMap((one) => classResult(one, records)),
    ...records.filter(({ isFlagged }) => isFlagged).map(imageResult),
  ];
  const left = results.length - maxResults;
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "poisonspot",
            version: programVersion,
            semanticVersion: programVersion,
            rules: ruleIds.map((id) => ({ id, shortDescription: { text: `${rules[id]}.` } })),
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            exitCode: exitCodeOf(verdict.finding, options),
            toolExecutionNotifications:
              left > 0
                ? [
                    {
                      level: "warning",
                      message: {
                        text: `${left} more flagged images are in results.csv; here are ${maxResults} results.`,
                      },
                    },
                  ]
                : [],
          },
        ],
        originalUriBaseIds: { DATA: { description: { text: "The folder that was scanned." } } },
        results: results.slice(0, maxResults),
        properties: { finding: verdict.finding },
      },
    ],
  };
}

function classResult(
  { name, p, adjustedP, isEvidence, atLeast, rankings }: JudgedClass,
  records: readonly ImageRecord[],
): JsonValue[] {
  const first = records.find(({ label }) => label === name);
  const locations = [{ ...(first && inFile(first)), logicalLocations: [{ name }] }];
  if (p === undefined || adjustedP === undefined) {
    const text = rankings
      ? `Class ${name} was not tested: no image is trusted. results.csv ranks its images.`
      : `Class ${name} could not be looked at: too few trusted images, or no others.`;
    return [{ ...rule("class-not-examined", "note"), message: { text }, locations }];
  }
  if (!isEvidence) return [];
  const text = `Class ${name} differs from its trusted images; at least ${atLeast} of its images are not clean.`;
  return [
    {
      ...rule("class-evidence", "error"),
      message: { text },
      locations,
      properties: { p, adjustedP, notCleanAtLeast: atLeast },
    },
  ];
}

const imageResult = ({ file, sha256, label, found }: ImageRecord): JsonValue => ({
  ...rule("image-flagged", "warning"),
  message: { text: `Image of class ${label}: more suspicious than its trusted images.` },
  locations: [inFile({ file })],
  partialFingerprints: { "sha256/v1": sha256 },
  properties: found
    ? { scores: found.scores, leading: found.leading, rank: found.rank, ...found.tested }
    : {},
});

const rule = (ruleId: RuleId, level: "error" | "warning" | "note") => ({
  ruleId,
  ruleIndex: ruleIds.indexOf(ruleId),
  level,
});

const inFile = ({ file }: Pick<ImageRecord, "file">) => ({
  physicalLocation: { artifactLocation: { uri: relativeUri(file), uriBaseId: "DATA" } },
});

/** Of a path with "/". */
const relativeUri = (path: string): string =>
  path
    .split("/")
    // Half a surrogate pair, which cannot be escaped, becomes U+FFFD.
    .map((part) => encodeURIComponent(Buffer.from(part).toString()))
    .join("/");
