import type { Run } from "../run.js";
import { type Cost, costOf } from "./cost.js";
import { type ListedData, listScanData } from "./list-scan-data.js";
import type { ScanOptions } from "./options.js";
import { checkOutputsApart } from "./outputs-apart.js";
import { scoreNames } from "./score-names.js";
import { type CountedClass, type PlannedClass, whatIsNoticed } from "./what-is-noticed.js";

/** What is known of a scan when its images are listed. */
export interface ScanOutline extends Cost {
  /** What the data was taken for, for people. */
  readonly layout: string;
  /** Pixels; height and width. */
  readonly side: number;
  readonly classes: readonly CountedClass[];
  readonly numSuspects: number;
  readonly numTrusted: number;
  /** Bytes of decoded images in `--out`. */
  readonly disk: number;
}

interface ScanPlan extends ScanOutline {
  readonly classes: readonly PlannedClass[];
}

/** What a scan would do. Looks at names of files and the sizes of some images, and writes nothing. @throws UserError as `listScanData` */
export async function planScan(options: ScanOptions, run: Run): Promise<ScanPlan> {
  await checkOutputsApart(options);
  const outline = outlineOf(options, await listScanData(options, run));
  const { classes } = outline;
  return {
    ...outline,
    classes: whatIsNoticed(classes, options.level / (scoreNames.length * classes.length)),
  };
}

export function outlineOf(
  options: Pick<ScanOptions, "model" | "epochs" | "bs" | "splits">,
  { data, side, marked, apart }: ListedData,
): ScanOutline {
  const classes = data.classNames.map((name) => ({ name, suspects: 0, trusted: 0 }));
  for (const [item, label] of data.labels.entries()) classes[label][marked[item] ? "trusted" : "suspects"]++;
  for (const label of apart?.labels ?? []) classes[label].trusted++;
  const sum = (of: "suspects" | "trusted") => classes.reduce((total, one) => total + one[of], 0);
  const [numSuspects, numTrusted] = [sum("suspects"), sum("trusted")];
  return {
    ...costOf(options, numSuspects + numTrusted, side),
    layout: data.layout,
    side,
    classes,
    numSuspects,
    numTrusted,
    disk: [data, apart?.listing].reduce(
      (total, one) => total + (one && one.content.kind !== "pixels" ? one.names.length * side * side * 3 : 0),
      0,
    ),
  };
}
