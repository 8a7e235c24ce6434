import { Command } from "commander";
import type { RawFlags } from "../experiment/flags/flags.js";
import { checkWords, flagOptions } from "./flag-options.js";

/** `poisonspot status [flags]`: what of an experiment is done, half done or missing. Loads no engine, writes nothing. */
export function statusCommand(): Command {
  const command = new Command("status")
    .description("show what of a run is done, half done or missing, and what it would do next")
    .usage("[flags of the run]")
    .addHelpText(
      "after",
      "\nThe flags are those of the run, see `poisonspot --help`; without stages, all are meant.",
    );
  for (const option of flagOptions()) command.addOption(option.hideHelp());
  return command.action(async (own: RawFlags) => {
    const raw: RawFlags = { ...command.parent?.opts(), ...own };
    checkWords(raw, command);
    const [{ stageNames }, { parseRunConfig }, { readStatus }, { describeStatus }] = await Promise.all([
      import("../experiment/stage-names.js"),
      import("../experiment/run-config.js"),
      import("../experiment/status.js"),
      import("./status-text.js"),
    ]);
    const all = Object.fromEntries(stageNames.map((name) => [name, true]));
    const config = parseRunConfig(stageNames.some((name) => raw[name]) ? raw : { ...raw, ...all });
    for (const line of describeStatus(config, await readStatus(config), new Date())) console.log(line);
  });
}
