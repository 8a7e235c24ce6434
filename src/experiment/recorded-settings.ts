import { UserError } from "../errors.js";
import { parseJson } from "../files/parse-json.js";
import { type Difference, differingFields } from "../store/manifest.js";
import type { FlagRecord } from "./comparison.js";

/**
 * @param makeAgain what the user may do to have it under the settings of this run
 * @throws UserError when an artefact was made under other settings, naming them
 */
export function checkOrigin(
  path: string,
  origin: { config?: string; dataset?: string },
  expected: FlagRecord,
  fingerprint: string,
  makeAgain: string,
): void {
  if (origin.config === undefined) return;
  const differences = settingDifferences(path, origin.config, expected);
  const hint = `Give the same flags, or ${makeAgain}, or other folders (--saved_models_path, --prov_path).`;
  if (differences.length > 0) {
    throw new UserError(`${path} was made with other settings: ${differences.join(", ")}.`, hint);
  }
  if (origin.dataset !== undefined && origin.dataset !== fingerprint) {
    throw new UserError(`${path} was made from other images than those of this run.`, hint);
  }
}

/**
 * The flags in which an artefact differs from what a run expects, each as "--lr 0.05 (now 0.1)".
 * @param recorded the artefact's own record of flags, as JSON
 * @throws UserError when the record is damaged
 */
export function settingDifferences(path: string, recorded: string, expected: FlagRecord): string[] {
  const made = parseRecord(path, recorded);
  const relevant = Object.fromEntries(Object.entries(made).filter(([name]) => name in expected));
  return differingFields(relevant as FlagRecord, expected).map(describeDifference);
}

function describeDifference({ field, a, b }: Difference): string {
  // No flag: what scoring found.
  if (field === "excluded") return "other samples excluded";
  return `--${field} ${show(field, a)} (now ${show(field, b)})`;
}

function show(field: string, value: unknown): string {
  if (value === undefined) return "not set";
  // The flag turns the mode off: its value would be read the wrong way round.
  if (field === "training_mode") return value === true ? "on" : "off";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function parseRecord(path: string, text: string): Record<string, unknown> {
  try {
    const parsed = parseJson(text);
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // Falls through: said below.
  }
  throw new UserError(`${path}: its record of settings is damaged.`, "Make it again with --force.");
}
