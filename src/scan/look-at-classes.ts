import type { Judge } from "../detection/judge.js";
import { createRng } from "../random/rng.js";
import type { Run } from "../run.js";
import { type ClassVerdict, classVerdict } from "./class-verdict.js";
import type { ScanOptions } from "./options.js";
import type { ScannedClass } from "./scan-data.js";

/** Looks at all classes through every score. */
export async function lookAtClasses(
  judges: readonly Judge[],
  classes: readonly ScannedClass[],
  {
    splits,
    fdr,
    level,
    global_seed,
    reference_poison: referencePoison,
  }: Pick<ScanOptions, "splits" | "fdr" | "level" | "global_seed"> &
    Partial<Pick<ScanOptions, "reference_poison">>,
  { reporter, signal }: Run,
): Promise<ClassVerdict[]> {
  const progress = reporter.progress("scan: classes", classes.length);
  const found: ClassVerdict[] = [];
  try {
    for (const one of classes) {
      const rng = createRng(global_seed).fork(`scan/class-${one.name}`);
      const numClasses = classes.length;
      found.push(
        await classVerdict(judges, one, { splits, fdr, level, numClasses, referencePoison, rng, signal }),
      );
      progress.update(found.length);
    }
    return found;
  } finally {
    progress.stop();
  }
}
