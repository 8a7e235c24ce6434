import { join } from "node:path";
import { Command } from "commander";

/** Images left where they are that are named; there may be any number. */
const maxNamed = 20;

/** `poisonspot quarantine DATA --scan DIR`: moves what a scan has flagged out of the data, or back. */
export function quarantineCommand(): Command {
  return new Command("quarantine")
    .description("move the images that a scan has flagged out of the data; --undo brings them back")
    .argument("<data>", "the folder that was scanned")
    .option("--scan <dir>", "where the scan's results are; the images go to its folder quarantine [./scan/]")
    .option("--undo", "bring them back")
    .action(async (data: string, { scan = "./scan/", undo }: { scan?: string; undo?: true }) => {
      const [{ quarantine, quarantineFolder }, { RunError }, { shownPath }, { counted }] = await Promise.all([
        import("../scan/quarantine.js"),
        import("../errors.js"),
        import("../files/shown-path.js"),
        import("../format.js"),
      ]);
      const { moved, thereAlready, left } = await quarantine(data, scan, undo === true);
      const to = undo ? `back into ${shownPath(data)}` : `into ${shownPath(join(scan, quarantineFolder))}`;
      const before = thereAlready > 0 ? `, ${thereAlready} ${thereAlready === 1 ? "was" : "were"} there` : "";
      const back = undo || moved === 0 ? "" : `; --undo brings ${moved === 1 ? "it" : "them"} back`;
      console.log(`${counted(moved, "image", "images")} moved ${to}${before}${back}`);
      if (left.length === 0) return;
      for (const one of left.slice(0, maxNamed)) console.error(`left: ${shownPath(one)}`);
      throw new RunError(
        `${left.length} of ${moved + thereAlready + left.length} flagged images were left where they are.`,
        "Mend what is said of them above and repeat the command; what was moved is not moved again.",
      );
    });
}
