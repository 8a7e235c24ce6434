import { type RateName, type StageResult, shareOfRate } from "../experiment/results.js";
import { clopperPearson, type Interval } from "../statistics/clopper-pearson.js";
import { meanInterval } from "../statistics/mean-interval.js";
import type { Share } from "../statistics/share.js";
import { measures } from "./measures.js";
import type { Outcome } from "./outcomes.js";

/** A rate as a fraction in [0, 1], and where the true one lies at 95 % confidence. */
export interface Estimate {
  readonly rate: number;
  /** Of a cell Clopper and Pearson's, of several seeds Student's around their mean; undefined where neither can be said. */
  readonly interval: Interval | undefined;
  /** Of all its cells together; undefined where results came without counts. */
  readonly counted: Share | undefined;
  /** Cells that measured it. */
  readonly cells: number;
}
/** Those of the measures that were taken. */
export type Estimates = Readonly<Partial<Record<RateName, Estimate>>>;

/** A cell, what became of it and its rates. */
export interface AssessedCell {
  readonly outcome: Outcome;
  readonly estimates: Estimates;
}

/** The cells of one label: one, or one a seed. */
export interface Row {
  readonly label: string;
  readonly cells: readonly AssessedCell[];
  /** The cell's, or those of all seeds. */
  readonly estimates: Estimates;
}

/** In the order in which their labels come first. */
export function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const byLabel = new Map<string, AssessedCell[]>();
  const intervalOf = rememberedIntervals();
  for (const outcome of outcomes) {
    const { label } = outcome.cell;
    const { measured = {} } = outcome;
    const estimates = estimatesOf((rate) => cellEstimate(measured, rate, intervalOf));
    const cells = byLabel.get(label);
    if (cells) cells.push({ outcome, estimates });
    else byLabel.set(label, [{ outcome, estimates }]);
  }
  return [...byLabel].map(([label, cells]) => ({
    label,
    cells,
    estimates: estimatesOf((rate) => rowEstimate(cells, rate)),
  }));
}

const estimatesOf = (estimate: (rate: RateName) => Estimate | undefined): Estimates =>
  Object.fromEntries(
    measures.flatMap(({ rate }) => {
      const own = estimate(rate);
      return own ? [[rate, own]] : [];
    }),
  );

/** The exact interval of a count. Thousands of cells share a few counts. */
function rememberedIntervals(): typeof clopperPearson {
  const known = new Map<string, Interval>();
  return (count, of) => {
    const key = `${count}/${of}`;
    const interval = known.get(key) ?? clopperPearson(count, of);
    known.set(key, interval);
    return interval;
  };
}

/** @returns undefined where the cell has not measured it */
function cellEstimate(
  measured: StageResult,
  rate: RateName,
  intervalOf: typeof clopperPearson,
): Estimate | undefined {
  const share = measured[rate];
  if (share === undefined) return undefined;
  const counted = shareOfRate(measured, rate);
  if (!counted || counted.of === 0) return { rate: share, interval: undefined, counted: undefined, cells: 1 };
  const { count, of } = counted;
  return { rate: count / of, interval: intervalOf(count, of), counted, cells: 1 };
}

/** @returns undefined where no cell has measured it */
function rowEstimate(cells: readonly AssessedCell[], rate: RateName): Estimate | undefined {
  const estimates = cells.flatMap((cell) => cell.estimates[rate] ?? []);
  if (cells.length === 1 && cells[0].outcome.cell.seed === undefined) return estimates[0];
  const mean = meanInterval(estimates.map((estimate) => estimate.rate));
  if (mean === undefined) return undefined;
  return {
    rate: mean.mean,
    interval: estimates.length > 1 ? mean : undefined,
    counted: estimates.every(({ counted }) => counted) ? sumOf(estimates) : undefined,
    cells: estimates.length,
  };
}

const sumOf = (estimates: readonly Estimate[]) => ({
  count: estimates.reduce((sum, { counted }) => sum + (counted?.count ?? 0), 0),
  of: estimates.reduce((sum, { counted }) => sum + (counted?.of ?? 0), 0),
});
