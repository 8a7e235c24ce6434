import type { Pixels } from "../../src/datasets/pixels.js";
import { createRng } from "../../src/random/rng.js";
import type { Report } from "../../src/report/model.js";
import type { Comparison } from "../../src/report/read-comparison.js";
import type { ClassVerdict } from "../../src/scan/class-verdict.js";
import { parseScanOptions } from "../../src/scan/options.js";
import { scanReport } from "../../src/scan/report/scan-report.js";
import type { ScanData } from "../../src/scan/scan-data.js";
import { sourceFindings } from "../../src/scan/sources.js";
import { verdictOf } from "../../src/scan/verdict.js";

interface Sample {
  readonly classNames: readonly string[];
  /** Suspects of each class, and of those the first so many are flagged in classes with evidence. */
  readonly suspects: number;
  readonly flagged: number;
  readonly trusted: number;
  /** The first so many classes have evidence. */
  readonly odd: number;
  readonly side: number;
  readonly nameOf?: (row: number) => string;
  readonly supplierOf?: (row: number) => string;
  /** What other detectors have found. */
  readonly comparison?: Comparison;
  /** The first so many suspects equal a trusted image of another class, and as many look nearly like one. */
  readonly pairs?: number;
}

/** The report of a made-up scan. */
export function sampleReport(sample: Sample): Promise<Report> {
  return scanReport({ ...sampleScan(sample), comparison: sample.comparison }, new Date(0));
}

/** A scan whose images, scores and verdicts are made up. */
export function sampleScan(sample: Sample) {
  const { classNames, suspects: m, flagged, trusted: n, odd, side } = sample;
  const rng = createRng("sample");
  const numSuspects = classNames.length * m;
  const count = numSuspects + classNames.length * n;
  const range = (start: number, length: number) => Int32Array.from({ length }, (_, i) => start + i);
  const classes = classNames.map((name, c) => ({
    name,
    suspects: range(c * m, m),
    trusted: range(numSuspects + c * n, n),
  }));
  const labels = Int32Array.from({ length: count }, (_, row) =>
    Math.floor(row < numSuspects ? row / m : (row - numSuspects) / n),
  );
  const pairsFrom = (row: number, trusted: number) =>
    Array.from({ length: sample.pairs ?? 0 }, (_, i) => ({ row: row + i, trusted: trusted + i }));
  const verdicts = classes.map(({ name, suspects, trusted }, c): ClassVerdict => {
    const scores = Float64Array.from(
      suspects,
      (_, i) => (i < flagged && c < odd ? 0.8 : 0) + rng.uniform() / 5,
    );
    return {
      name,
      suspects: m,
      trusted: n,
      p: c < odd ? 1e-9 * (c + 1) : 0.2 + (0.7 * c) / classNames.length,
      leading: "forest",
      byScore: [],
      pValues: Float64Array.from(suspects, () => rng.uniform()),
      atLeast: flagged >> 1,
      wouldNotice: Math.min(m, 30),
      rows: suspects,
      scores,
      eValues: scores.map((score) => (score > 0.5 ? 20 * score : 0)),
      flagged: Uint8Array.from(suspects, (_, i) => (i < flagged && c < odd ? 1 : 0)),
      flaggedIn: scores.map((score) => (score > 0.5 ? 1 : 0.2)),
      bound: Int32Array.from({ length: m + 1 }, (_, k) => Math.min(k >> 1, flagged >> 1)),
      reference: { rows: trusted, scores: Float64Array.from(trusted, () => rng.uniform() / 5) },
    };
  });
  const pixels: Pixels = {
    count,
    height: side,
    width: side,
    channels: 3,
    read: (row) =>
      Uint8Array.from(
        { length: side * side * 3 },
        (_, i) => (row * 37 + i * i * 13 + ((i * row) >> 3)) & 255,
      ),
  };
  const cols = 4;
  const data: ScanData = {
    layout: "made up",
    files: [],
    subject: {
      images: { pixels, labels },
      trainIds: range(0, count),
      normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
      augmentation: "crop-flip",
    },
    images: "0".repeat(64),
    classes,
    numSuspects,
    alsoTrusted: new Int32Array(0),
    contradicted: pairsFrom(0, numSuspects + n),
    near: pairsFrom(sample.pairs ?? 0, numSuspects),
    nameOf: sample.nameOf ?? ((row) => `class/image-${row}.png`),
    fileOf: () => undefined,
    supplierOf: sample.supplierOf ?? (() => undefined),
  };
  const activations = { cols, data: Float32Array.from({ length: count * cols }, () => rng.uniform()) };
  const options = parseScanOptions("data", { trusted: "trusted" });
  const verdict = verdictOf(verdicts, options.level);
  const sources = sourceFindings(data, verdict.classes, options.level);
  return { options, data, verdict, sources, activations };
}
