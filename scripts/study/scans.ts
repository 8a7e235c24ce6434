import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Judge } from "../../src/detection/judge.js";
import { writeFileAtomic } from "../../src/files/atomic-file.js";
import { sha256OfJson } from "../../src/files/sha256.js";
import { createRng, sampleWithoutReplacement } from "../../src/random/rng.js";
import { openBattery } from "../../src/scan/battery.js";
import { lookAtClasses } from "../../src/scan/look-at-classes.js";
import { scanNetwork } from "../../src/scan/scan-network.js";
import { scoreNames } from "../../src/scan/score-names.js";
import { type JudgedClass, verdictOf } from "../../src/scan/verdict.js";
import { areaUnderCurve } from "./measure.js";
import type { Run } from "./run.js";
import { type Scanned, trainingOptions } from "./scanned-data.js";

/** Who is trusted, and how the scan decides. */
export interface ScanChoice {
  /** Trusted images of a class. */
  readonly trusted: number;
  /** 0: those that were set aside; others: drawn anew from the class's images without poison. */
  readonly redraw: number;
  /** Of the trusted images of a class that holds poisons, as many are poisons in truth; undefined: none. */
  readonly dirty?: number;
  readonly splits: number;
  readonly fdr: number;
  readonly level: number;
}

/** [all, poisons] */
type Flags = readonly [number, number];

/** What a scan said of one class, beside the truth. */
export interface ClassRecord {
  readonly name: string;
  /** "clean" or the attack's name. */
  readonly attack: string;
  readonly poisons: number;
  readonly isEvidence: boolean;
  readonly p: number;
  readonly adjustedP: number;
  readonly leading: string;
  readonly atLeast: number;
  /** Undefined where no number would be noticed. */
  readonly wouldNotice?: number;
  readonly flagged: Flags;
  readonly byScore: readonly {
    readonly score: string;
    readonly p: number;
    /** Poisons against clean suspects; undefined in a clean class. */
    readonly auc?: number;
    readonly flagged: Flags;
  }[];
}

export interface ScanRecord {
  readonly seed: number;
  readonly accuracy: number;
  readonly attackSuccess: Readonly<Record<string, number>>;
  readonly choice: ScanChoice;
  readonly classes: readonly ClassRecord[];
}

/** Scans the images once for every choice, with one network, or reads what was found before. */
export async function scanRecords(
  scanned: Scanned,
  choices: readonly ScanChoice[],
  { reporter, signal }: Run,
): Promise<ScanRecord[]> {
  const { plan, folder, data } = scanned;
  const pathOf = (choice: ScanChoice) =>
    join(folder, `scan-${sha256OfJson({ ...choice, scoreNames }).slice(0, 12)}.json`);
  if (!choices.every((choice) => existsSync(pathOf(choice)))) {
    const { path, ...options } = trainingOptions(folder, plan);
    const model = await scanNetwork(path, data, options, { reporter, signal });
    const battery = await openBattery(model, data.subject, { reporter, signal }).finally(() =>
      model.dispose(),
    );
    try {
      const judges = battery.judges.map(scoredOnce);
      for (const choice of choices) {
        if (existsSync(pathOf(choice))) continue;
        const classes = await recordsOf(scanned, judges, choice, { reporter, signal });
        const { accuracy, attackSuccess } = scanned.quality;
        const record: ScanRecord = { seed: plan.seed, accuracy, attackSuccess, choice, classes };
        await writeFileAtomic(pathOf(choice), JSON.stringify(record));
        reporter.info(`seed ${plan.seed}, ${choice.trusted} trusted, draw ${choice.redraw}: scanned`);
      }
    } finally {
      await battery.close();
    }
  }
  return Promise.all(choices.map(async (choice) => JSON.parse(await readFile(pathOf(choice), "utf8"))));
}

/** A judge that is told of no trusted image gives the same images the same scores, whoever is trusted. */
function scoredOnce(judge: Judge): Judge {
  if (judge.fitShare > 0) return judge;
  const known = new Map<string, ReadonlyMap<number, number>>();
  return {
    ...judge,
    scorer: {
      ...judge.scorer,
      async score(fit, ranked, seed) {
        const rows = ranked.slice().sort();
        const key = rows.join();
        let scores = known.get(key);
        if (!scores) {
          const found = await judge.scorer.score(fit, rows, seed);
          scores = new Map(Array.from(rows, (row, i) => [row, found.ranked[i]]));
          known.set(key, scores);
        }
        const of = scores;
        return { fit: new Float64Array(0), ranked: Float64Array.from(ranked, (row) => of.get(row) ?? 0) };
      },
    },
  };
}

async function recordsOf(
  { plan, data, subject }: Scanned,
  judges: readonly Judge[],
  choice: ScanChoice,
  run: Parameters<typeof lookAtClasses>[3],
): Promise<ClassRecord[]> {
  const poisons = new Set(subject.planted.flatMap(({ poisonIds }) => [...poisonIds]));
  const classes = data.classes.map(({ name, suspects, trusted }, label) => {
    if (choice.redraw === 0) {
      const dirty = suspects.filter((row) => poisons.has(row)).subarray(0, choice.dirty ?? 0);
      return {
        name,
        suspects: suspects.filter((row) => !dirty.includes(row)),
        trusted: Int32Array.from([...trusted.subarray(0, choice.trusted - dirty.length), ...dirty]),
      };
    }
    const all = Int32Array.from([...suspects, ...trusted]);
    const rng = createRng(plan.seed).fork(`study/trusted-${choice.redraw}/${label}`);
    const clean = all.filter((row) => !poisons.has(row));
    const drawn = sampleWithoutReplacement(rng, clean, choice.trusted);
    const isDrawn = new Set(drawn);
    return { name, suspects: all.filter((row) => !isDrawn.has(row)), trusted: drawn };
  });
  const found = await lookAtClasses(judges, classes, { ...choice, global_seed: plan.seed }, run);
  const names = subject.classNames;
  return verdictOf(found, choice.level).classes.map((one) => {
    const planted = subject.planted.find(({ targetClass }) => names[targetClass] === one.name);
    return recordOf(one, planted?.name ?? "clean", poisons);
  });
}

function recordOf(one: JudgedClass, attack: string, poisons: ReadonlySet<number>): ClassRecord {
  const isPoison = Array.from(one.rows, (row) => poisons.has(row));
  const count = (flagged: Uint8Array): Flags => {
    const found = isPoison.filter((_, i) => flagged[i] === 1);
    return [found.length, found.filter(Boolean).length];
  };
  return {
    name: one.name,
    attack,
    poisons: isPoison.filter(Boolean).length,
    isEvidence: one.isEvidence,
    p: one.p ?? 1,
    adjustedP: one.adjustedP ?? 1,
    leading: one.leading ?? "",
    atLeast: one.atLeast,
    wouldNotice: one.wouldNotice,
    flagged: count(one.flagged),
    byScore: one.byScore.map(({ score, p, scores, flagged }) => ({
      score,
      p,
      auc: isPoison.includes(true) ? areaUnderCurve(scores, isPoison) : undefined,
      flagged: count(flagged),
    })),
  };
}
