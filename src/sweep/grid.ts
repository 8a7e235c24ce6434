import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { type FlagName, flagNames } from "../experiment/flags/flags.js";
import { stageNames } from "../experiment/stage-names.js";
import { parseJson } from "../files/parse-json.js";
import { readRegularFile } from "../files/regular-file.js";
import { explainIssues } from "./explain-issues.js";
import { reportedShape } from "./reported.js";

/** Every cell has folders of its own, and a sweep says itself what is run. */
const notInGrids: readonly string[] = [
  ...stageNames,
  "get_result",
  "force",
  "plan",
  "exp",
  "figure_path",
  "prov_path",
  "saved_models_path",
  "report_dir",
  "log_file",
] satisfies readonly FlagName[];

const isFlag = (name: string): name is FlagName => flagNames.some((flag) => flag === name);

const flagName = z.string().superRefine((name, { addIssue }) => {
  if (!isFlag(name)) addIssue(`poisonspot has no flag --${name}`);
  else if (stageNames.some((stage) => stage === name)) addIssue('a stage is named in "stages"');
  else if (notInGrids.includes(name)) addIssue(`a sweep gives --${name} itself`);
});

const flagValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
  error: "accepted: a word, a number, true, or a list of words",
});
const flags = z.record(flagName, flagValue);
/** Values of the flag that gives the axis its name; or sets of flags, which may have names of their own. */
const choices = z.union([
  z.array(z.union([z.string(), z.number(), z.boolean(), flags])).min(1, "it has no choice"),
  z.record(z.string(), flags),
]);
const product = z.record(z.string(), choices).superRefine((axes, { addIssue }) => {
  for (const [axis, chosen] of Object.entries(axes)) {
    const sets = Object.values(chosen).filter((choice) => typeof choice === "object").length;
    const isWrong = isFlag(axis) ? sets > 0 : sets < Object.values(chosen).length;
    if (!isWrong) continue;
    const message = isFlag(axis)
      ? `--${axis} takes values, not sets of flags`
      : `no flag has this name: an axis that is none lists sets of flags`;
    addIssue({ code: "custom", path: [axis], message });
  }
});

const gridSchema = z.strictObject({
  title: z.string().optional(),
  /** Another grid's file, seen from this one: what is not given here is taken from there, flags one by one. */
  extends: z.string().optional(),
  /** What every cell runs. */
  stages: z.array(z.enum(stageNames)).min(1).optional(),
  /** Flags of every cell. */
  flags: flags.default({}),
  /** A cell for every combination of one choice an axis; of several such products, the cells of each. */
  grid: z.union([product, z.array(product).min(1)]).optional(),
  /** Values of `--global_seed`, or how many, from 1 on: every cell once with each. */
  seeds: z.union([z.array(z.int().nonnegative()).min(1), z.int().positive()]).optional(),
  /** Share of the target class in the suspect set above which the clean groups are taken from the test set. */
  sample_from_test_above: z.number().min(0).max(1).optional(),
  /** What others reported of cells with these choices, in percent: ACC and ASR before and after, TPR and FPR by threshold. */
  reported: z.array(z.looseObject(reportedShape)).optional(),
  /** Flags of `--scale small`, some by attack; it has a clean model of its own. */
  small: z.record(flagName, z.union([flagValue, z.record(z.string(), flagValue)])).optional(),
});

/** Flags from elsewhere than a grid's file, if a grid may have them. @throws UserError */
export function checkFlags(given: Readonly<Record<string, unknown>>): FlagSet {
  const parsed = flags.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UserError(explainIssues(parsed.error.issues).join("; "), "Leave it out.");
}

export type FlagValue = z.infer<typeof flagValue>;
export type FlagSet = Readonly<Record<string, FlagValue>>;
export type Choices = z.infer<typeof choices>;
/** A grid with all that it extends. */
export type Grid = Omit<z.infer<typeof gridSchema>, "extends">;

const maxGridBytes = 10_000_000;
const maxExtensions = 8;

/** @throws UserError naming every field that is not as it should be */
export async function readGrid(path: string, depth = 0): Promise<Grid> {
  if (depth > maxExtensions) {
    throw new UserError(
      `${path}: grids extend each other in a circle, or too often.`,
      "One must extend none.",
    );
  }
  const { extends: parent, ...own } = parseGrid(path, await readText(path));
  if (parent === undefined) return own;
  const inherited = await readGrid(join(dirname(path), parent), depth + 1);
  return {
    ...inherited,
    ...own,
    flags: { ...inherited.flags, ...own.flags },
    ...((inherited.small ?? own.small) && { small: { ...inherited.small, ...own.small } }),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return (await readRegularFile(path, maxGridBytes)).toString("utf8");
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`The grid ${path} cannot be read.`, "Check the path.", { cause });
  }
}

function parseGrid(path: string, text: string): z.infer<typeof gridSchema> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} is no JSON: ${reason}.`, "Mend it there.", { cause });
  }
  const parsed = gridSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = explainIssues(parsed.error.issues).map((problem) => `  - ${problem}`);
  throw new UserError(`${path} is no grid:\n${problems.join("\n")}`, "docs/sweeps.md explains the fields.");
}
