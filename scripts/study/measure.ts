import { benjaminiHochberg } from "../../src/detection/adjusted-p-values.js";
import { classPValue, topExcess } from "../../src/detection/class-test.js";
import { conformalPValues } from "../../src/detection/conformal.js";
import { aboveIn, type ClassRows, disguisedScores } from "../../src/detection/disguise.js";
import { conformalEValues, eBenjaminiHochberg, meanOf } from "../../src/detection/e-values.js";
import { notCleanAtLeast } from "../../src/detection/lower-bound.js";
import { suspectsAbove } from "../../src/detection/rank-paths.js";
import { redrawTest } from "../../src/detection/redraw-test.js";
import type { SplitScorer } from "../../src/detection/split-scorer.js";
import { createRng } from "../../src/random/rng.js";

/** False discovery rate of flags, level of bounds. */
const [fdr, level] = [0.1, 0.05];

/** What one detector said of one class; rates are undefined in a clean class. */
export interface ClassMeasure {
  readonly label: number;
  /** "clean" or the attack's name. */
  readonly attack: string;
  /** Poisons against clean suspects, all trusted images known. */
  readonly auc?: number;
  /** p of redrawing who is trusted; the statistic is the same, with all trusted images both shown and ranked. */
  readonly redraw?: number;
  /** The class test's p of each split. */
  readonly p: readonly number[];
  /** By Benjamini-Hochberg in each split: how many flagged, and how many of them poisons. */
  readonly flagged: readonly (readonly [all: number, poisons: number])[];
  /** The same by e-values averaged over the splits. */
  readonly flaggedTogether: readonly [all: number, poisons: number];
  /** At least so many of the class are not clean, in each split. */
  readonly atLeast: readonly number[];
}

interface MeasureOptions {
  readonly label: number;
  readonly attack: string;
  /** Suspects are rows 0..m-1; which of them are poisons. */
  readonly isPoison: readonly boolean[];
  /** Trusted images, rows m..m+trusted-1. */
  readonly trusted: number;
  readonly splits: number;
  readonly fitShare: number;
  readonly seed: string;
  /** Redraws of who is trusted, at most; 0: no redraw test. */
  readonly redraws: number;
}

export async function measureClass(scorer: SplitScorer, options: MeasureOptions): Promise<ClassMeasure> {
  const { isPoison, trusted, splits, fitShare, seed } = options;
  const m = isPoison.length;
  const rows = {
    suspects: Int32Array.from({ length: m }, (_, i) => i),
    trusted: Int32Array.from({ length: trusted }, (_, i) => m + i),
  };
  const count = (flags: ArrayLike<boolean | number>): [number, number] => {
    const flagged = Array.from(flags).flatMap((flag, i) => (flag ? [isPoison[i]] : []));
    return [flagged.length, flagged.filter(Boolean).length];
  };
  const drawn = [];
  for (let split = 0; split < splits; split++) {
    const rng = createRng(seed).fork(`split-${split}`);
    drawn.push(await disguisedScores(scorer, rows, fitShare, rng));
  }
  const hasPoison = isPoison.some(Boolean);
  const all = hasPoison && (await scorer.score(rows.trusted, rows.suspects, `${seed}/all`)).ranked;
  return {
    label: options.label,
    attack: options.attack,
    auc: all ? areaUnderCurve(all, isPoison) : undefined,
    redraw: options.redraws > 0 ? await redraw(scorer, rows, options) : undefined,
    p: drawn.map((scores) => classPValue(aboveIn(scores), m)),
    flagged: drawn.map(({ suspects, reference }) =>
      count(Array.from(benjaminiHochberg(conformalPValues(suspects, reference)), (q) => q <= fdr)),
    ),
    flaggedTogether: count(
      eBenjaminiHochberg(
        meanOf(drawn.map(({ suspects, reference }) => conformalEValues(suspects, reference, fdr / 2))),
        fdr,
      ),
    ),
    atLeast: drawn.map((scores) => notCleanAtLeast(aboveIn(scores), m, level)[m]),
  };
}

async function redraw(
  scorer: SplitScorer,
  rows: ClassRows,
  { seed, redraws }: MeasureOptions,
): Promise<number> {
  const statistic = async ({ suspects, trusted }: ClassRows, draw: number) => {
    const { fit, ranked } = await scorer.score(trusted, suspects, `${seed}/redraw-${draw}`);
    return topExcess(suspectsAbove(ranked, fit), suspects.length);
  };
  const rng = createRng(seed).fork("redraw");
  return (await redrawTest(rows, statistic, { draws: redraws, enough: 10, rng })).p;
}

/** How often a poison is above a clean suspect. */
export function areaUnderCurve(scores: Float64Array, isPoison: readonly boolean[]): number {
  const poisons = scores.filter((_, i) => isPoison[i]);
  const clean = scores.filter((_, i) => !isPoison[i]).sort();
  let above = 0;
  for (const score of poisons) {
    for (const other of clean) above += other < score ? 1 : other === score ? 0.5 : 0;
  }
  return above / (poisons.length * clean.length);
}
