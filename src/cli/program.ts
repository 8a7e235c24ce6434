import { Command, Option } from "commander";
import { type Flag, flagGroups, flagNames, flags, type RawFlags } from "../config/flags.js";
import { UserError } from "../errors.js";
import { programVersion } from "../version.js";
import { attackOptionsHelp } from "./attack-options-help.js";
import { convertCommand } from "./convert-command.js";
import { doctorCommand } from "./doctor-command.js";
import { setupCommand } from "./setup-command.js";

const examples = `
Examples:
  poisonspot --attack lc --eps 8 --pr_tgt 0.1 --pr_sus 50 --poisoned_training
  poisonspot --attack lc --eps 8 --pr_tgt 0.1 --pr_sus 50 --batch_level --sample_level --score_samples --retrain
  poisonspot --dataset synthetic --model ResNet8 --poisoned_training --plan

Stages run in the order shown, each from what earlier ones left on disk.`;

/** The command line: the flags of a run, and the subcommands. Loads no engine and no validation. */
export function buildProgram(): Command {
  const program = new Command("poisonspot")
    .description("Finds and removes clean-label backdoor poisons in a training set.")
    .usage("[stages] [flags]")
    .version(programVersion, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", () => `\n${attackOptionsHelp()}\n${examples}`)
    .enablePositionalOptions()
    .allowExcessArguments()
    .exitOverride()
    // Errors are said once, in one form, by the caller.
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: false });
  for (const group of flagGroups) {
    for (const name of flagNames)
      if (flags[name].group === group) program.addOption(optionOf(name, flags[name]));
  }
  for (const command of [setupCommand(), doctorCommand(), convertCommand()]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program.action(run);
}

function optionOf(name: string, flag: Flag): Option {
  const text = flag.default === undefined ? flag.help : `${flag.help} [${flag.default}]`;
  const option = new Option(flag.value === undefined ? `--${name}` : `--${name} ${flag.value}`, text);
  if (flag.repeatable) option.argParser((value: string, previous: string[] = []) => [...previous, value]);
  return option.helpGroup(`${flag.group}:`);
}

async function run(raw: RawFlags, program: Command): Promise<void> {
  const swallowed = flagNames.find((name) => String(raw[name]).startsWith("--"));
  if (swallowed !== undefined) throw missingValue(swallowed, String(raw[swallowed]));
  const [stray] = program.args;
  if (stray !== undefined) throw strayWord(stray, program);
  // Validation and all that follows load only now: help and mistyped flags answer at once.
  const { runCommand } = await import("./run-command.js");
  await runCommand(raw);
}

/** In `--pr_tgt --bs 64` the parser takes "--bs" for the value of --pr_tgt. */
const missingValue = (name: string, next: string): UserError =>
  new UserError(`--${name} has no value: "${next}" follows it.`, `Give it one: --${name} <value>.`);

function strayWord(word: string, program: Command): UserError {
  const flag = flagNames.find((name) => name === word.replaceAll("-", "_").replace(/^_+/, ""));
  const commands = program.commands.map((command) => command.name()).join(", ");
  const hint =
    flag === undefined ? `Flags start with "--"; the commands are ${commands}.` : `Did you mean --${flag}?`;
  return new UserError(`Unexpected word "${word}".`, hint);
}
