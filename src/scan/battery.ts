import { type Activations, captureActivations } from "../capture/activations.js";
import { fineNoise } from "../capture/fine-noise.js";
import { pixelResiduals } from "../capture/pixel-residual.js";
import { allIds } from "../datasets/select.js";
import { openForestScorer, verdictForest } from "../detection/forest-scorer.js";
import type { Judge } from "../detection/judge.js";
import { likenessTo } from "../detection/likeness.js";
import { farRows, skewScores } from "../detection/skewed-direction.js";
import { blindScorer } from "../detection/split-scorer.js";
import { whitenWithinClasses } from "../detection/whiten.js";
import type { Model } from "../nn/model.js";
import type { Run } from "../run.js";
import type { Subject } from "../training/subject.js";
import { type ScoreName, scoreNames } from "./score-names.js";

/** All judges of a scan. */
interface Battery {
  readonly activations: Activations;
  readonly judges: readonly Judge[];
  readonly close: () => Promise<void>;
}

/**
 * Looks at all images, with the trained network and without. Each score has a test of its own (measured in docs/scan.md):
 * - `pattern`: something added to the pixels of some images, which they share,
 * - `noise`: something added to the pixels of some images that is finer than what they show, shared or not,
 * - `activations`: something that the network sees in some images, which they share,
 * - `forest`: any difference between trusted images and suspects in what the network makes of them.
 *
 * The caller closes the battery.
 * @param names of the scores that are wanted
 */
export async function openBattery(
  model: Model,
  { images, normalization }: Pick<Subject, "images" | "normalization">,
  run: Run,
  names: readonly ScoreName[] = scoreNames,
): Promise<Battery> {
  const { reporter, signal } = run;
  const count = images.labels.length;
  const watch = async <T>(
    title: string,
    total: number,
    work: (onProgress: (done: number) => void) => Promise<T>,
  ) => {
    const bar = reporter.progress(title, total);
    return work((done) => bar.update(done)).finally(() => bar.stop());
  };
  const [residuals, noise] = await watch("scan: pixels", 2 * count, async (onProgress) => [
    await pixelResiduals(images, { onProgress, signal }),
    await fineNoise(images, { onProgress: (done) => onProgress(count + done), signal }),
  ]);
  const activations = await watch("scan: activations", count, (onProgress) =>
    captureActivations(model, images, allIds(count), { normalization, onProgress, signal }),
  );
  const blind = (scoresOf: Parameters<typeof blindScorer>[0]) => ({
    scorer: blindScorer(scoresOf),
    fitShare: 0,
  });
  const open: Record<ScoreName, () => Promise<Omit<Judge, "name">>> = {
    pattern: async () =>
      blind(async (rows) => {
        const far = farRows(await residuals.sketch(rows), allIds(rows.length));
        return likenessTo(far, residuals.each(rows));
      }),
    noise: async () => blind((rows) => Float64Array.from(rows, (row) => noise[row])),
    async activations() {
      const table = whitenWithinClasses(activations, images.labels);
      return blind((rows) => skewScores(table, rows));
    },
    forest: async () => ({ scorer: await openForestScorer(activations, verdictForest), fitShare: 0.5 }),
  };
  const judges: Judge[] = [];
  for (const name of names) judges.push({ name, ...(await open[name]()) });
  const close = async () => {
    for (const { scorer } of judges) await scorer.close();
  };
  return { activations, judges, close };
}
