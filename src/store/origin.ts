import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { UserError } from "../errors.js";
import type { JsonValue } from "../files/atomic-file.js";
import { parseJson } from "../files/parse-json.js";
import { programVersion } from "../version.js";

/** Flags by their own names, as they stand in records; an undefined one does not stand there, and may not. */
export type Settings = Readonly<Record<string, JsonValue | undefined>>;

/** SHA-256 (hex) of the content that something was made from, by what it is: "dataset", "poisons", "model". */
export type Inputs = Readonly<Record<string, string>>;

/** All that decides what an artefact holds. One of another origin is another artefact, even under the same name. */
export interface Origin {
  readonly settings: Settings;
  readonly inputs: Inputs;
  /** What the inputs themselves were made from. It decides nothing, but says why an input is another one. */
  readonly via?: Inputs;
}

/** What an artefact says of itself: nothing when it is another program's, no inputs when it is an earlier version's. */
export interface RecordedOrigin {
  readonly settings?: Settings;
  readonly inputs?: Inputs;
}

/** The origin as metadata of a safetensors file. */
export const originMetadata = ({ settings, inputs, via }: Origin): Record<string, string> => ({
  config: JSON.stringify(settings),
  inputs: JSON.stringify({ ...via, ...inputs }),
  version: programVersion,
});

const settingsSchema = z.record(z.string(), z.json());
const inputsSchema = z.record(z.string(), z.string());

/** @throws UserError when the record is damaged */
export function readOriginMetadata(path: string, metadata: Readonly<Record<string, string>>): RecordedOrigin {
  const { config, inputs, dataset } = metadata;
  const parse = <T>(text: string | undefined, schema: z.ZodType<T>): T | undefined => {
    if (text === undefined) return undefined;
    try {
      return schema.parse(parseJson(text));
    } catch (cause) {
      const hint = "Make it again with --force.";
      throw new UserError(`${path}: its record of settings is damaged.`, hint, { cause });
    }
  };
  // Version 0.1 recorded the dataset alone.
  const recorded = inputs ?? (dataset === undefined ? undefined : JSON.stringify({ dataset }));
  return { settings: parse(config, settingsSchema), inputs: parse(recorded, inputsSchema) };
}

/**
 * @param makeAgain what the user may do to have it as this run needs it
 * @throws UserError when an artefact was made otherwise than this run would make it: what differs, by name
 */
export function checkOrigin(
  path: string,
  recorded: RecordedOrigin,
  expected: Origin,
  makeAgain: string,
): void {
  if (recorded.settings === undefined) return;
  const hint = `Give the same flags, or ${makeAgain}, or other folders (--saved_models_path, --prov_path).`;
  const settings = differingSettings(recorded.settings, expected.settings);
  if (settings.length > 0)
    throw new UserError(`${path} was made with other settings: ${settings.join(", ")}.`, hint);
  if (isOfEarlierVersion(recorded, expected)) {
    throw new UserError(
      `${path} is of an earlier version of poisonspot, which did not record what it was made from.`,
      hint,
    );
  }
  const inputs = differingInputs(recorded.inputs ?? {}, expected);
  if (inputs.length > 0)
    throw new UserError(`${path} was made from other content: ${inputs.join(", ")}.`, hint);
}

/** How an artefact differs from what a run expects, each in a few words; empty when it does not. */
export function originDifferences(recorded: RecordedOrigin, expected: Origin): string[] {
  if (recorded.settings === undefined) return [];
  const settings = differingSettings(recorded.settings, expected.settings);
  if (settings.length > 0) return settings;
  if (isOfEarlierVersion(recorded, expected)) return ["of an earlier version"];
  return differingInputs(recorded.inputs ?? {}, expected).map((name) => `other content: ${name}`);
}

/** Version 0.1 recorded no more than the dataset. */
const isOfEarlierVersion = ({ inputs = {} }: RecordedOrigin, expected: Origin): boolean =>
  Object.keys(expected.inputs).some((name) => !(name in inputs)) &&
  Object.keys(inputs).every((name) => name === "dataset");

/** Names of the inputs that are others now, and of what they were made from. */
function differingInputs(recorded: Inputs, { inputs, via = {} }: Origin): string[] {
  const changed = Object.keys(inputs).filter((name) => recorded[name] !== inputs[name]);
  if (changed.length === 0) return [];
  const why = Object.keys(via).filter((name) => name in recorded && recorded[name] !== via[name]);
  return [...changed, ...why.filter((name) => !changed.includes(name))];
}

/** The settings in which an artefact differs from what a run expects, each as "--lr 0.05 (now 0.1)". */
function differingSettings(made: Settings, expected: Settings): string[] {
  const fields = [...Object.keys(made).filter((field) => field in expected), ...Object.keys(expected)];
  return [...new Set(fields)]
    .filter((field) => !isDeepStrictEqual(made[field], expected[field]))
    .map((field) => `--${field} ${show(field, made[field])} (now ${show(field, expected[field])})`);
}

function show(field: string, value: JsonValue | undefined): string {
  if (value === undefined) return "not set";
  // The flag turns the mode off: its value would be read the wrong way round.
  if (field === "training_mode") return value === true ? "on" : "off";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
