import { z } from "zod";
import { type Problem, problemsError } from "../flags/problems.js";
import { integer, number, path } from "../flags/values.js";
import { type CompareFlagName, compareFlagNames, compareFlags, type RawCompareFlags } from "./flags.js";
import { type DetectorName, detectorNames } from "./registry.js";

const isDetector = (name: string): name is DetectorName =>
  (detectorNames as readonly string[]).includes(name);

/** What each flag accepts, from the string typed to the value meant. */
const grammar = {
  scan: path().optional(),
  detectors: z
    .string()
    .transform((names) => [...new Set(names.split(","))])
    .pipe(z.array(z.custom<DetectorName>((name) => typeof name === "string" && isDetector(name))))
    .or(z.undefined().transform(() => detectorNames)),
  splits: integer(1, 100),
  fdr: number("a share above 0 and below 1", (share) => share > 0 && share < 1),
  level: number("a probability above 0 and below 1", (level) => level > 0 && level < 1),
  assumed_share: number("a share above 0 and below 1", (share) => share > 0 && share < 1).optional(),
} as const satisfies Record<CompareFlagName, z.ZodType>;

/** What a comparison is told, checked and complete. */
export type CompareOptions = { readonly [K in CompareFlagName]: z.output<(typeof grammar)[K]> };

/** @throws UserError naming every problem: flag, value received, values accepted */
export function parseCompareOptions(raw: RawCompareFlags): CompareOptions {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const name of compareFlagNames) {
    const flag: { readonly help: string; readonly default?: string } = compareFlags[name];
    const given = raw[name] ?? flag.default;
    const parsed = grammar[name].safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else {
      const accepted =
        name === "detectors"
          ? `names of ${detectorNames.join(", ")}, separated by commas`
          : parsed.error.issues[0].message;
      problems.push({ what: `--${name}: got "${given}"; accepted: ${accepted}.` });
    }
  }
  if (problems.length > 0) throw problemsError(problems);
  // Every flag was read, or there would be a problem.
  return values as CompareOptions;
}
