import { shownPath } from "../files/shown-path.js";
import { counted, formatBytes, formatCount, formatDuration, formatFlops } from "../format.js";
import { describeOutline } from "../scan/announce-data.js";
import type { ScanOptions } from "../scan/options.js";
import { planScan } from "../scan/plan.js";
import { createConsoleReporter } from "./console-reporter.js";

/** Classes named one by one: those with the fewest trusted images. */
const namedClasses = 20;

/** `poisonspot scan … --plan`: what a scan would do, and what it could find. */
export async function printScanPlan(options: ScanOptions): Promise<void> {
  const run = { reporter: createConsoleReporter(), signal: new AbortController().signal };
  const plan = await planScan(options, run);
  const { classes, seconds } = plan;
  for (const line of describeOutline(plan, options)) console.log(line);
  const times = {
    tensorflow: `${formatDuration(seconds.tensorflow)} with the tensorflow engine`,
    wasm: `${formatDuration(seconds.wasm)} with wasm`,
  };
  const { engine } = options;
  const isOne = engine === "tensorflow" || engine === "wasm";
  console.log(
    `time: roughly ${isOne ? times[engine] : `${times.tensorflow} and ${times.wasm}`} on two cores with nothing else to do (${formatFlops(plan.flops)})`,
  );
  console.log(`memory: roughly ${formatBytes(plan.memory)} at most`);
  console.log(`disk: ${formatBytes(plan.disk)} of decoded images in ${options.out}`);
  const named = [...classes].sort((a, b) => a.trusted - b.trusted).slice(0, namedClasses);
  for (const { name, suspects, trusted, wouldNotice } of named) {
    const said = {
      none: "no number of poisons would be noticed: too few trusted images, or no others",
      unknown: "how many poisons would be noticed takes too long to find out beforehand",
    };
    const noticed =
      typeof wouldNotice === "number"
        ? `${formatCount(wouldNotice)} or more poisons that stand out would be noticed`
        : said[wouldNotice];
    console.log(
      `class ${shownPath(name)}: ${formatCount(suspects)} images, ${formatCount(trusted)} trusted; ${noticed}`,
    );
  }
  if (classes.length > named.length)
    console.log(
      `and ${counted(classes.length - named.length, "class", "classes")} with as many trusted images or more`,
    );
  console.log("Only a plan: nothing was trained or written.");
}
