import { Command } from "commander";
import { compareFlagNames, compareFlags, type RawCompareFlags } from "../compare/flags.js";
import type { RawFlags } from "../experiment/flags/flags.js";
import { checkWords, flagOptions } from "./flag-options.js";
import { optionOf } from "./option-of.js";

/** `poisonspot compare [flags]`: other detectors on the network and the images of a finished experiment or scan. */
export function compareCommand(): Command {
  const command = new Command("compare")
    .description("compare other detectors with ours, over a finished run or a finished scan")
    .usage("[flags of the run] [flags]")
    .addHelpText("after", "\nThe flags of the run are those of `poisonspot --help`; stages are not needed.");
  for (const name of compareFlagNames) command.addOption(optionOf(name, compareFlags[name]));
  for (const option of flagOptions()) command.addOption(option.hideHelp());
  return command.action(async (own: RawFlags & RawCompareFlags) => {
    // A flag that a run has as well may have been taken for the program's own.
    const raw: RawFlags & RawCompareFlags = { ...command.parent?.opts(), ...own };
    checkWords(raw, command);
    const { runCompare } = await import("./compare-run.js");
    await runCompare(raw);
  });
}
