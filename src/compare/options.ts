import { z } from "zod";
import { closestName } from "../closest-name.js";
import { type Problem, problemsError, valueProblem } from "../flags/problems.js";
import { integer, number, path } from "../flags/values.js";
import { type CompareFlagName, compareFlagNames, compareFlags, type RawCompareFlags } from "./flags.js";
import { type DetectorName, detectorNames } from "./registry.js";

const isDetector = (name: string): name is DetectorName =>
  (detectorNames as readonly string[]).includes(name);

const namesIn = (list: string): string[] => [
  ...new Set(
    list
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  ),
];

/** What each flag accepts, from the string typed to the value meant. */
const grammar = {
  scan: path().optional(),
  detectors: z
    .string()
    .transform(namesIn)
    .pipe(z.array(z.custom<DetectorName>((name) => typeof name === "string" && isDetector(name))).min(1))
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
    else if (name === "detectors") problems.push(detectorsProblem(given ?? ""));
    else problems.push(valueProblem(name, given, parsed.error.issues[0].message));
  }
  if (problems.length > 0) throw problemsError(problems, "`poisonspot compare --help` explains every flag.");
  // Every flag was read, or there would be a problem.
  return values as CompareOptions;
}

/** Names those that are none, and what they were probably meant to be. */
function detectorsProblem(list: string): Problem {
  const wrong = namesIn(list).filter((name) => !isDetector(name));
  const close = wrong.flatMap((name) => closestName(name, detectorNames) ?? []);
  const received = wrong.length === 0 ? `"${list}"` : wrong.map((name) => `"${name}"`).join(", ");
  return {
    what: `--detectors: got ${received}; accepted: names, separated by commas, of ${detectorNames.join(", ")}.`,
    ...(close.length > 0 && { hint: `Did you mean ${close.join(", ")}?` }),
  };
}
