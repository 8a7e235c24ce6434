import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../src/files/atomic-file.js";
import { sha256Of } from "../../src/files/sha256.js";
import { type Dataset, loadDataset } from "../../src/index.js";
import type { Reporter } from "../../src/reporter.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import { type AttackName, isPerturbing } from "./attack-names.js";
import { captureNetwork, readCaptured, readQuality } from "./captured.js";
import { type DetectorName, openDetector } from "./detectors.js";
import { captureIncrements, type Mode, modes, readIncrements } from "./increments.js";
import { type ClassMeasure, measureClass } from "./measure.js";
import { trainNetwork } from "./network.js";
import { perturbationOf } from "./perturbations.js";
import { cleanTwin, folderOf, keptEpochs, type StudySettings } from "./settings.js";
import { makeSubject, type StudySubject, targetsOf } from "./subject.js";

/** What the study runs with. */
export interface Run {
  readonly datasetDir: string;
  /** Folder of the results, one folder a network in it. */
  readonly results: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A network of the study that is trained and captured. */
export interface Finished {
  readonly settings: StudySettings;
  readonly subject: StudySubject;
  readonly folder: string;
}

/** How the networks' images are measured. */
export interface MeasureSettings {
  /** Of the trusted images, how many are used. */
  readonly trusted: number;
  readonly splits: number;
  readonly fitShare: number;
  readonly redraws: number;
}

/** What a detector said of all classes of one network. */
export interface NetworkMeasure {
  readonly detector: DetectorName;
  readonly seed: number;
  readonly network: number;
  readonly classes: readonly ClassMeasure[];
}

/** Trains and captures the network that belongs to the settings, and its clean twin, where they are not there yet. */
export async function finishedNetwork(settings: StudySettings, run: Run): Promise<Finished> {
  const { datasetDir, results, reporter, signal } = run;
  const { seed } = settings;
  const dataset = await loadDataset(settings.dataset, { datasetDir, seed, reporter, signal });
  const subject = await subjectOf(settings, dataset, run);
  const folder = folderOf(results, settings);
  await writeFileAtomic(join(folder, "settings.json"), JSON.stringify(settings));
  await trainNetwork(folder, settings, subject, { reporter, signal });
  await captureNetwork(folder, settings, subject, signal);
  const { accuracy, attackSuccess } = await readQuality(folder, settings.epochs);
  const percent = (rate: number) => `${(100 * rate).toFixed(1)} %`;
  const success = Object.entries(attackSuccess).map(([name, rate]) => `, ${name} ${percent(rate)}`);
  const kind = settings.poisons > 0 ? "poisoned" : "clean";
  reporter.info(
    `${folder}: seed ${seed}, network ${settings.network}, ${kind}: accuracy ${percent(accuracy)}${success.join("")}`,
  );
  return { settings, subject, folder };
}

async function subjectOf(settings: StudySettings, dataset: Dataset, run: Run): Promise<StudySubject> {
  if (settings.poisons === 0) return makeSubject(dataset, settings, new Map(), new Map());
  const twin = await finishedNetwork(cleanTwin(settings), run);
  const targets = targetsOf(settings, dataset.classNames.length);
  const perturbations = new Map<AttackName, Float32Array>();
  for (const name of settings.attacks.filter(isPerturbing))
    perturbations.set(name, await perturbationOf(twin, targets.get(name) ?? 0, name, run.signal));
  return makeSubject(dataset, settings, perturbations, new Map());
}

/** Measures a detector on every class of a network, or reads what was measured before. */
export async function measureNetwork(
  { settings, subject, folder }: Finished,
  detector: DetectorName,
  measure: MeasureSettings,
  signal: AbortSignal,
): Promise<NetworkMeasure> {
  const key = sha256Of(JSON.stringify({ detector, ...measure })).slice(0, 12);
  const path = join(folder, `measure-${key}.json`);
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8"));
  const epochs = keptEpochs(settings);
  const captured = new Map(
    await Promise.all(epochs.map(async (epoch) => [epoch, await readCaptured(folder, epoch)] as const)),
  );
  const withIncrements = detector.startsWith("increments");
  if (withIncrements) await captureIncrements(folder, settings, subject, signal);
  const classes: ClassMeasure[] = [];
  for (const [label, { suspects, trusted }] of subject.classes.entries()) {
    const planted = subject.planted.find(({ targetClass }) => targetClass === label);
    const poisons = new Set(planted?.poisonIds);
    const used = trusted.subarray(0, measure.trusted);
    const rows = Int32Array.from([...suspects, ...used]);
    const numClasses = subject.classNames.length;
    const increments = new Map<Mode, Matrix>();
    if (withIncrements)
      for (const mode of modes) {
        // Trusted images come last, in their order: the first of them are those used.
        const { cols, data } = await readIncrements(folder, mode, label);
        increments.set(mode, { rows: rows.length, cols, data: data.subarray(0, rows.length * cols) });
      }
    const { labels } = subject.set;
    const view = { captured, epochs, rows, label, labels, numClasses, increments };
    const scorer = await openDetector(detector, view);
    try {
      classes.push(
        await measureClass(scorer, {
          label,
          attack: planted?.name ?? "clean",
          isPoison: Array.from(suspects, (row) => poisons.has(row)),
          ...measure,
          trusted: used.length,
          seed: `study/${settings.seed}/${label}`,
        }),
      );
    } finally {
      await scorer.close();
    }
  }
  const result = { detector, seed: settings.seed, network: settings.network, classes };
  await writeFileAtomic(path, JSON.stringify(result));
  return result;
}
