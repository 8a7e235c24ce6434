import { readFileSync } from "node:fs";

/** One score array and what scikit-learn made of it. Components and clusters are in scikit-learn's order. */
export interface GoldenCase {
  readonly scores: number[];
  readonly kmeans: {
    readonly labels: number[];
    readonly centres: number[];
    readonly cluster_0_is_high: boolean;
    readonly inertia: number;
    readonly threshold: number;
  };
  readonly gmm: {
    readonly means: number[];
    readonly variances: number[];
    readonly weights: number[];
    readonly weighted_density: {
      readonly x: number[];
      readonly component_0: number[];
      readonly component_1: number[];
    };
    /** Left grid points of all sign changes on the 1000-point grid. */
    readonly crossings: number[];
    readonly threshold: number | null;
  };
}

export function goldenCases(): [string, GoldenCase][] {
  const file = new URL("../../fixtures/thresholds.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Record<string, GoldenCase> };
  return Object.entries(cases);
}
