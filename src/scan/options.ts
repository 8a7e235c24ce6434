import type { z } from "zod";
import { engineChoices, precisionProblem, precisions } from "../engine/engine.js";
import { type Problem, problemsError, valueProblem } from "../flags/problems.js";
import { integer, number, oneOf, path } from "../flags/values.js";
import { modelNames } from "../models/registry.js";
import { type RawScanFlags, type ScanFlagName, scanFlagNames, scanFlags } from "./flags.js";

/** What each flag accepts, from the string typed to the value meant. */
const grammar = {
  trusted: path().optional(),
  pick_reference: integer(1).optional(),
  out: path(),
  size: integer(8, 512).optional(),
  on_bad_image: oneOf(["error", "skip"]),
  model: oneOf(modelNames),
  epochs: integer(1),
  bs: integer(1),
  lr: number("a number above 0", (rate) => rate > 0),
  splits: integer(1, 100),
  fdr: number("a share above 0 and below 1", (share) => share > 0 && share < 1),
  level: number("a probability above 0 and below 1", (level) => level > 0 && level < 1),
  at_least: integer(1).optional(),
  reference_poison: integer(1, 100).optional(),
  decisions: path().optional(),
  report_dir: path().optional(),
  fail_on: oneOf(["evidence", "never"]),
  global_seed: integer(0),
  checkpoint_seconds: number("a number of at least 0", (seconds) => seconds >= 0),
  engine: oneOf(engineChoices),
  precision: oneOf(precisions),
  gpu_id: integer(0),
} as const satisfies Record<ScanFlagName, z.ZodType>;

/** What a scan is told, checked and complete. */
export type ScanOptions = { readonly [K in ScanFlagName]: z.output<(typeof grammar)[K]> } & {
  /** The folder to be scanned. */
  readonly data: string;
};

/**
 * @param data the folder to be scanned
 * @throws UserError naming every problem: flag, value received, values accepted
 */
export function parseScanOptions(data: string, raw: RawScanFlags): ScanOptions {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = { data };
  for (const name of scanFlagNames) {
    const flag: { readonly help: string; readonly default?: string } = scanFlags[name];
    const given = raw[name] ?? flag.default;
    const parsed = grammar[name].safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(valueProblem(name, given, parsed.error.issues[0].message));
  }
  if (raw.trusted !== undefined && raw.pick_reference !== undefined)
    problems.push({
      what: "--pick_reference draws images to be looked at where there are no trusted ones; --trusted names some.",
      hint: "Leave one of the two out.",
    });
  const precision = precisionProblem(values);
  if (precision !== undefined) problems.push(precision);
  if (data === "") problems.push({ what: 'The data to be scanned: got ""; accepted: a path.' });
  if (problems.length > 0) throw problemsError(problems, "`poisonspot scan --help` explains every flag.");
  // Every flag was read, or there would be a problem.
  return values as ScanOptions;
}
