import { type RateName, ratioOf, type StageResult } from "../experiment/results.js";
import { clopperPearson, type Interval } from "../statistics/clopper-pearson.js";
import { meanInterval } from "../statistics/mean-interval.js";
import type { Outcome } from "./outcomes.js";

/** The cells of one label: one, or one a seed. */
export interface Row {
  readonly label: string;
  readonly outcomes: readonly Outcome[];
}

/** In the order in which their labels come first. */
export function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const rows = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const { label } = outcome.cell;
    const row = rows.get(label);
    if (row) row.push(outcome);
    else rows.set(label, [outcome]);
  }
  return [...rows].map(([label, own]) => ({ label, outcomes: own }));
}

/** A rate as a fraction in [0, 1], and where the true one lies at 95 % confidence. */
export interface Estimate {
  readonly rate: number;
  /** Of a cell Clopper and Pearson's, of several seeds Student's around their mean; undefined where neither can be said. */
  readonly interval: Interval | undefined;
  /** Of all its cells together; undefined where results came without counts. */
  readonly counted: { readonly count: number; readonly of: number } | undefined;
  /** Cells that measured it. */
  readonly cells: number;
}

/** @returns undefined where the cell has not measured it */
export function cellEstimate(measured: StageResult | undefined, rate: RateName): Estimate | undefined {
  const share = measured?.[rate];
  if (share === undefined) return undefined;
  const counted = ratioOf(measured ?? {}, rate);
  if (!counted || counted.of === 0) return { rate: share, interval: undefined, counted: undefined, cells: 1 };
  const { count, of } = counted;
  return { rate: count / of, interval: clopperPearson(count, of), counted, cells: 1 };
}

/** @returns the cell's estimate, or that of all seeds; undefined where no cell has measured it */
export function rowEstimate({ outcomes }: Row, rate: RateName): Estimate | undefined {
  const estimates = outcomes.flatMap(({ measured }) => cellEstimate(measured, rate) ?? []);
  if (outcomes.length === 1 && outcomes[0].cell.seed === undefined) return estimates[0];
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
