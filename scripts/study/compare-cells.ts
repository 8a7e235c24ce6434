import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { RunError } from "../../src/errors.js";
import { newestOf, readResults, type StageResult } from "../../src/experiment/results.js";
import { readJson } from "../../src/files/atomic-file.js";
import { sha256OfJson } from "../../src/files/sha256.js";
import { type ComparedDataset, flagsOf, type Kind } from "./compare-settings.js";

const share = z.object({ count: z.number(), of: z.number() });
const rates = z.object({ poisons: share, clean: share });
/** What is used of `compare.json`. */
const detector = z.object({
  name: z.string(),
  title: z.string(),
  assumesShare: z.boolean(),
  p: z.number().optional(),
  truth: z.object({ areaUnderRoc: z.number().optional(), flagged: rates, ownCut: rates.optional() }),
  seconds: z.number(),
});
const comparison = z.object({ detectors: z.array(detector) });

export type DetectorRecord = z.infer<typeof detector>;

/** One kind of data under one seed. */
export interface CellRecord {
  readonly kind: Kind;
  readonly seed: number;
  readonly detectors: readonly DetectorRecord[];
  /** Of the run whose network was compared on. */
  readonly results: StageResult;
}

const stages = ["poisoned_training", "batch_level", "sample_level", "score_samples"];

/**
 * Runs the product's stages and its comparison in a folder of the cell's own, or reads what is there; a cell that was stopped goes on.
 * @throws RunError when a stage fails
 */
export async function comparedCell(
  { dataset, kind, seed }: { readonly dataset: ComparedDataset; readonly kind: Kind; readonly seed: number },
  {
    datasetDir,
    results,
    log,
  }: { readonly datasetDir: string; readonly results: string; readonly log: (line: string) => void },
): Promise<CellRecord> {
  const flags = flagsOf(dataset, kind, seed, resolve(datasetDir));
  const folder = join(results, `${dataset}-${kind}-${seed}-${sha256OfJson(flags).slice(0, 8)}`);
  const done = join(folder, "results", "cell", "compare", "compare.json");
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    log(`${dataset}, ${kind}, seed ${seed}: ${folder}`);
    poisonspot(folder, [...flags, ...stages.map((stage) => `--${stage}`)]);
    poisonspot(folder, ["compare", ...flags, "--splits", "3"]);
  }
  const { detectors } = comparison.parse(await readJson(done));
  return { kind, seed, detectors, results: newestOf(await readResults(join(folder, "results", "cell"))) };
}

function poisonspot(folder: string, args: readonly string[]): void {
  const main = resolve("dist", "cli", "main.js");
  const { status, signal } = spawnSync(process.execPath, [main, ...args, "--quiet"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (signal !== null || status === 130 || status === 143) process.exit(130);
  if (status !== 0)
    throw new RunError(
      `poisonspot ${args.join(" ")} ended with status ${status}.`,
      "See what it said above.",
    );
}
