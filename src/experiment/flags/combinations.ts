import { optionProblems } from "../../attacks/options.js";
import { attacks } from "../../attacks/registry.js";
import { datasetNames, datasets } from "../../datasets/registry.js";
import { precisionProblem } from "../../engine/engine.js";
import type { Problem } from "../../flags/problems.js";
import { models } from "../../models/registry.js";
import { stageNames } from "../stage-names.js";
import type { FlagValues } from "./grammar.js";

/** The flags that could be read on their own; a rule about one that could not stays silent. */
type Readable = Partial<FlagValues>;

const trainingStages = ["clean_training", "poisoned_training", "retrain", "retrain_control"] as const;

/** Stages are asked for by name, and each of them is a flag. */
function stages(flags: Readable): Problem[] {
  const asFlags = (names: readonly string[]) => names.map((name) => `--${name}`).join(" ");
  if (!stageNames.some((stage) => flags[stage])) {
    return [
      {
        what: "No stage given: nothing would run.",
        hint: `Give one or more of: ${asFlags(stageNames)}`,
      },
    ];
  }
  if (!flags.get_result) return [];
  const problems: Problem[] = [];
  if (!trainingStages.some((stage) => flags[stage])) {
    const what =
      "--get_result without a stage that trains: there is no model whose result could be reported.";
    problems.push({ what, hint: `Add one of: ${asFlags(trainingStages)}` });
  }
  if (flags.force) {
    const what = "--get_result trains nothing, --force trains again: they exclude each other.";
    problems.push({ what, hint: "Leave one of them out." });
  }
  return problems;
}

function attackAndDataset({ attack, dataset, attack_opt }: Readable): Problem[] {
  if (attack === undefined) return [];
  const { options, notFor } = attacks[attack];
  const problems = optionProblems(attack, options, attack_opt ?? {});
  if (dataset !== undefined && notFor.includes(dataset)) {
    const possible = datasetNames.filter((name) => !notFor.includes(name));
    const what = `--attack ${attack} is not made for --dataset ${dataset}.`;
    problems.push({ what, hint: `Use one of: ${possible.join(", ")}.` });
  }
  return problems;
}

function classes({ attack, dataset, target_class, source_class }: Readable): Problem[] {
  if (dataset === undefined || attack === undefined) return [];
  const numClasses = datasets[dataset].classes;
  const outside = (flag: string, value: number | undefined): Problem[] =>
    value !== undefined && value >= numClasses
      ? [{ what: `${flag}: got "${value}"; ${dataset} has the classes 0 to ${numClasses - 1}.` }]
      : [];
  const problems = outside("--target_class", target_class);
  if (!attacks[attack].flags.includes("source_class")) return problems;
  problems.push(...outside("--source_class", source_class));
  if (source_class !== undefined && source_class === target_class) {
    const what = `--source_class and --target_class are both ${target_class}; ${attack} moves one class into another.`;
    problems.push({ what, hint: "Give two different classes." });
  }
  return problems;
}

function network({ model, scenario }: Readable): Problem[] {
  const reason = model === undefined ? undefined : models[model].needsPretraining;
  if (reason === undefined || scenario !== "from_scratch") return [];
  const what = `--model ${model} with --scenario from_scratch: ${reason}.`;
  return [{ what, hint: "Use --scenario fine_tuning." }];
}

function threshold({ threshold_type, threshold }: Readable): Problem[] {
  if (threshold_type !== "custom" || threshold !== 1) return [];
  const what =
    "--threshold_type custom with --threshold 1: no score is above 1, nothing could ever be excluded.";
  return [{ what, hint: "Give a threshold below 1." }];
}

function excludeList({ exclude_list, retrain, retrain_control }: Readable): Problem[] {
  if (exclude_list === undefined || retrain !== false || retrain_control !== false) return [];
  const what = "--exclude_list without --retrain: nothing would be trained without those samples.";
  return [{ what, hint: "Add --retrain." }];
}

function loudness({ quiet, verbose }: Readable): Problem[] {
  if (!quiet || !verbose) return [];
  return [{ what: "--quiet and --verbose exclude each other.", hint: "Leave one of them out." }];
}

function precision(flags: Readable): Problem[] {
  const problem = precisionProblem(flags);
  return problem === undefined ? [] : [problem];
}

/** What is wrong with flags that are each fine on their own. */
export const combinationProblems = (flags: Readable): Problem[] =>
  [stages, attackAndDataset, classes, network, threshold, excludeList, loudness, precision].flatMap((rule) =>
    rule(flags),
  );
