import { smallestNoticed } from "../detection/class-test.js";
import { models } from "../models/registry.js";
import type { Run } from "../run.js";
import { fewestTrusted } from "./class-verdict.js";
import { imageSide } from "./inputs/image-side.js";
import type { ScanOptions } from "./options.js";
import { listScanData } from "./scan-data.js";
import { scoreNames } from "./score-names.js";

/** Forward, and the gradients with respect to inputs and to weights. */
const trainingPasses = 3;
/** Products of suspects and trusted images for which it takes seconds to find out what would be noticed. */
const maxRankings = 2e7;

interface PlannedClass {
  readonly name: string;
  readonly suspects: number;
  readonly trusted: number;
  /**
   * So many poisons above all other images would be noticed with a chance of 90 %; none: no number would, too few trusted images;
   * unknown: finding out takes too long.
   */
  readonly wouldNotice: number | "none" | "unknown";
}

interface ScanPlan {
  /** What the data was taken for, for people. */
  readonly layout: string;
  /** Pixels; height and width. */
  readonly side: number;
  readonly classes: readonly PlannedClass[];
  /** Floating point operations of the training and of one pass after it; the tests of the classes are little beside them. */
  readonly flops: number;
  /** Bytes of decoded images in `--out`. */
  readonly disk: number;
}

/** What a scan would do. Looks at names of files and the sizes of some images, and writes nothing. @throws UserError as `listScanData` */
export async function planScan(options: ScanOptions, run: Run): Promise<ScanPlan> {
  const { data, marked, apart } = await listScanData(options, run);
  const side = options.size ?? (await imageSide(data));
  const counts = data.classNames.map((name) => ({ name, suspects: 0, trusted: 0 }));
  for (const [item, label] of data.labels.entries()) counts[label][marked[item] ? "trusted" : "suspects"]++;
  for (const label of apart?.labels ?? []) counts[label].trusted++;
  const images = counts.reduce((sum, { suspects, trusted }) => sum + suspects + trusted, 0);
  const forward = models[options.model].forwardFlops * (side / madeFor(options.model)) ** 2;
  return {
    layout: data.layout,
    side,
    classes: whatIsNoticed(counts, options.level / (scoreNames.length * counts.length)),
    flops: forward * images * (trainingPasses * options.epochs + 1),
    disk: [data, apart?.listing].reduce(
      (sum, one) => sum + (one && one.content.kind !== "pixels" ? one.names.length * side * side * 3 : 0),
      0,
    ),
  };
}

/** Side of the images of which `forwardFlops` speaks. */
const madeFor = (model: ScanOptions["model"]): number =>
  model === "ViT" || model === "BasicResNet" ? 224 : 32;

function whatIsNoticed(
  counts: readonly Omit<PlannedClass, "wouldNotice">[],
  level: number,
): readonly PlannedClass[] {
  const known = new Map<string, PlannedClass["wouldNotice"]>();
  let left = maxRankings;
  const noticed = ({ suspects: m, trusted: n }: Omit<PlannedClass, "wouldNotice">) => {
    if (n < fewestTrusted || m === 0) return "none";
    const size = `${m}/${n}`;
    const found = known.get(size);
    if (found !== undefined) return found;
    left -= m * n;
    const value = left < 0 ? "unknown" : (smallestNoticed({ m, n }, level, 0.9) ?? "none");
    known.set(size, value);
    return value;
  };
  return counts.map((one) => ({ ...one, wouldNotice: noticed(one) }));
}
