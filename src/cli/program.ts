import { Command } from "commander";
import type { RawFlags } from "../experiment/flags/flags.js";
import { programVersion } from "../version.js";
import { attackOptionsHelp } from "./attack-options-help.js";
import { compareCommand } from "./compare-command.js";
import { convertCommand } from "./convert-command.js";
import { doctorCommand } from "./doctor-command.js";
import { checkWords, flagOptions } from "./flag-options.js";
import { quarantineCommand } from "./quarantine-command.js";
import { scanCommand } from "./scan-command.js";
import { setupCommand } from "./setup-command.js";
import { statusCommand } from "./status-command.js";
import { sweepCommand } from "./sweep-command.js";

const examples = `
Examples:
  poisonspot scan photos --trusted checked-photos
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
  for (const option of flagOptions()) program.addOption(option);
  for (const command of [
    scanCommand(),
    quarantineCommand(),
    compareCommand(),
    statusCommand(),
    sweepCommand(),
    setupCommand(),
    doctorCommand(),
    convertCommand(),
  ]) {
    program.addCommand(inheriting(command, program));
  }
  return program.action(run);
}

/** The command, and those below it, with the program's ways. */
function inheriting(command: Command, parent: Command): Command {
  for (const below of command.copyInheritedSettings(parent).commands) inheriting(below, command);
  // Those without an argument look at their words themselves.
  if (command.registeredArguments.length > 0) command.allowExcessArguments(false);
  return command;
}

async function run(raw: RawFlags, program: Command): Promise<void> {
  checkWords(raw, program);
  // Validation and all that follows load only now: help and mistyped flags answer at once.
  const { runCommand } = await import("./run-command.js");
  await runCommand(raw);
}
