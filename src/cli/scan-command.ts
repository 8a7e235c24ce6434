import { Command } from "commander";
import { type RawScanFlags, scanFlagNames, scanFlags } from "../scan/flags.js";
import { optionOf } from "./option-of.js";

/** `poisonspot scan DATA --trusted DIR`: looks for poison that somebody else has planted. Exits with 3 on evidence. */
export function scanCommand(): Command {
  const command = new Command("scan")
    .description("look for poison in a folder of your own; exit code 3: evidence, 4: inconclusive")
    .argument(
      "<data>",
      "a folder with a sub-folder of images for each class, or what else docs/scan.md lists",
    );
  for (const name of scanFlagNames) command.addOption(optionOf(name, scanFlags[name]));
  command.option("--plan", "say how long it takes and what it could find, and do nothing");
  return command.action(async (data: string) => {
    // A flag that a run has as well may have been taken for the program's own.
    const { plan, ...raw }: RawScanFlags & { readonly plan?: true } = command.optsWithGlobals();
    const { runScan } = await import("./scan-run.js");
    await runScan(data, raw, plan === true);
  });
}
