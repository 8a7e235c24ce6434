import { Command, Option } from "commander";
import { type RawScanFlags, scanFlagNames, scanFlags } from "../scan/flags.js";

/** `poisonspot scan DATA --trusted DIR`: looks for poison that somebody else has planted. Exits with 3 on evidence. */
export function scanCommand(): Command {
  const command = new Command("scan")
    .description("look for poison in a folder of your own; exit code 3: evidence, 4: inconclusive")
    .argument("<data>", "a folder with a sub-folder of images for each class");
  for (const name of scanFlagNames) {
    const flag: { readonly value: string; readonly help: string; readonly default?: string } =
      scanFlags[name];
    const text = flag.default === undefined ? flag.help : `${flag.help} [${flag.default}]`;
    command.addOption(new Option(`--${name} ${flag.value}`, text));
  }
  return command.action(async (data: string) => {
    // A flag that a run has as well may have been taken for the program's own.
    const raw: RawScanFlags = command.optsWithGlobals();
    const { runScan } = await import("./scan-run.js");
    await runScan(data, raw);
  });
}
