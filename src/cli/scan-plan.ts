import { formatBytes, formatCount, formatFlops } from "../format.js";
import type { ScanOptions } from "../scan/options.js";
import { planScan } from "../scan/plan.js";
import { createConsoleReporter } from "./console-reporter.js";
import { describeTime } from "./plan-text.js";

/** Classes named one by one: those with the fewest trusted images. */
const namedClasses = 20;

/** `poisonspot scan … --plan`: what a scan would do, and what it could find. */
export async function printScanPlan(options: ScanOptions): Promise<void> {
  const run = { reporter: createConsoleReporter(), signal: new AbortController().signal };
  const { layout, side, classes, flops, disk } = await planScan(options, run);
  const sum = (of: "suspects" | "trusted") => formatCount(classes.reduce((total, one) => total + one[of], 0));
  console.log(
    `data: ${layout}, ${sum("suspects")} images and ${sum("trusted")} trusted ones in ${classes.length} classes`,
  );
  console.log(`network: ${options.model} on ${side}x${side} pixels, ${options.epochs} epochs`);
  console.log(`work: ${formatFlops(flops)}, roughly ${describeTime(options, flops)}`);
  console.log(`disk: ${formatBytes(disk)} of decoded images in ${options.out}`);
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
      `class ${name}: ${formatCount(suspects)} images, ${formatCount(trusted)} trusted; ${noticed}`,
    );
  }
  if (classes.length > named.length)
    console.log(
      `and ${formatCount(classes.length - named.length)} classes with as many trusted images or more`,
    );
  console.log("Only a plan: nothing was trained or written.");
}
