import { setTimeout } from "node:timers/promises";
import { median } from "../../src/statistics/median.js";

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `value` over that of `against`, or the other way round when the goal is to be many times faster. */
  readonly ratio?: number;
  /** What the ratio compares with, measured in the same run. */
  readonly against?: string;
  /** What the ratio should be, e.g. "<= 1". */
  readonly goal?: string;
  /** The curve that this is a point of, by what grows, and how large that is here. */
  readonly curve?: string;
  readonly at?: number;
}

/** What a benchmark is run on, where it is not what it always takes. */
export interface BenchmarkSize {
  readonly images?: number;
  /** Pixels. */
  readonly side?: number;
  readonly epochs?: number;
  /** A processor that plays a GPU, to see that a benchmark of GPUs runs. */
  readonly software?: boolean;
}

export type Benchmark = (size: BenchmarkSize) => AsyncGenerator<Figure>;

/** Seconds of one run. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/**
 * Medians of works that take turns, so that a machine that slows down slows all of them. Each runs once first, unmeasured.
 * @param works each does its work once and says how many seconds it took
 */
export async function inTurns(rounds: number, works: readonly (() => Promise<number>)[]): Promise<number[]> {
  const times: number[][] = works.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [k, work] of works.entries()) {
      // The other side's threads may look for more work for a while.
      await setTimeout(500);
      const time = await work();
      if (round > 0) times[k].push(time);
    }
  }
  return times.map(median);
}

/** Three significant digits. */
export const rounded = (value: number): number => Number(value.toPrecision(3));
