import { rename } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { type JsonValue, writeFileAtomic, writeJsonAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { readRegularFile } from "../files/regular-file.js";
import { sha256OfJson } from "../files/sha256.js";
import { csvLine, parseCsv } from "./csv.js";

/** What a stage measured; rates are fractions in [0, 1], undefined where the stage does not measure them. */
export interface StageResult {
  readonly epochs?: number;
  readonly cleanTrainingAccuracy?: number;
  readonly poisonedTrainingAccuracy?: number;
  readonly poisonedTrainingAsr?: number;
  /** Number of important features. */
  readonly numFeatures?: number;
  readonly truePositiveRateKmeans?: number;
  readonly falsePositiveRateKmeans?: number;
  readonly truePositiveRateGaussian?: number;
  readonly falsePositiveRateGaussian?: number;
  readonly retrainAccuracy?: number;
  readonly retrainAsr?: number;
}

/** One line of results.csv. */
export interface ResultRow extends StageResult {
  readonly runId: string;
  readonly stage: string;
  /** The file with every flag's value, relative to results.csv; see `writeConfig`. */
  readonly config: string;
}

/** Header and unit of each measured column, in the order of the file. */
const measuredColumns = {
  epochs: ["epochs", "count"],
  cleanTrainingAccuracy: ["Clean training ACC", "percent"],
  poisonedTrainingAccuracy: ["Poisoned training ACC", "percent"],
  poisonedTrainingAsr: ["Poisoned training ASR", "percent"],
  numFeatures: ["Batch-level |features|", "count"],
  truePositiveRateKmeans: ["TPR KMeans", "percent"],
  falsePositiveRateKmeans: ["FPR KMeans", "percent"],
  truePositiveRateGaussian: ["TPR Gaussian", "percent"],
  falsePositiveRateGaussian: ["FPR Gaussian", "percent"],
  retrainAccuracy: ["Retrain ACC", "percent"],
  retrainAsr: ["Retrain ASR", "percent"],
} as const satisfies Record<keyof StageResult, readonly [string, "count" | "percent"]>;
const measures = Object.entries(measuredColumns) as [
  keyof StageResult,
  readonly [string, "count" | "percent"],
][];
const header = csvLine([...measures.map(([, [title]]) => title), "run_id", "stage", "config"]);
const fileName = "results.csv";

/**
 * Adds one row to `results.csv`; rates are written in percent with two decimals.
 * @param folder `results/{exp}`
 * @returns movedAside: where a results.csv with other columns was put, if there was one
 */
export async function appendResult(folder: string, row: ResultRow): Promise<{ movedAside?: string }> {
  const path = join(folder, fileName);
  const old = await readIfThere(path);
  const isOurs = old.split(/\r?\n/, 1)[0] === header;
  const movedAside = old !== "" && !isOurs ? await moveAside(path) : undefined;
  const kept = isOurs ? old.replace(/\n?$/, "\n") : `${header}\n`;
  const cells = measures.map(([key, [, unit]]) => formatCell(row[key], unit));
  await writeFileAtomic(path, `${kept}${csvLine([...cells, row.runId, row.stage, row.config])}\n`);
  return { movedAside };
}

/** All rows of `results.csv`, oldest first; none when there is no file. @throws UserError when it is not one of ours */
export async function readResults(folder: string): Promise<ResultRow[]> {
  const path = join(folder, fileName);
  const text = await readIfThere(path);
  try {
    return parseResults(text);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new UserError(`${path} cannot be read: ${reason}.`, "Move it away; a new one is started.", {
      cause,
    });
  }
}

function parseResults(text: string): ResultRow[] {
  const [first, ...rows] = parseCsv(text);
  if (first === undefined) return [];
  if (csvLine(first) !== header || rows.some((row) => row.length !== first.length))
    throw new Error("it does not have the expected columns");
  return rows.map((cells) => {
    const measured = measures.map(([key, [, unit]], i) => [key, parseCell(cells[i], unit)]);
    const [runId, stage, config] = cells.slice(measures.length);
    return { ...Object.fromEntries(measured), runId, stage, config };
  });
}

/**
 * Keeps every flag's value: in `config.json` (the latest run's) and, so that older rows keep theirs, in a file
 * named by its content.
 * @returns the latter's path relative to `folder`, for the rows' column `config`
 */
export async function writeConfig(
  folder: string,
  config: Readonly<Record<string, JsonValue>>,
): Promise<string> {
  const hash = sha256OfJson(config).slice(0, 12);
  const reference = `configs/${hash}.json`;
  await writeJsonAtomic(join(folder, reference), config);
  await writeJsonAtomic(join(folder, "config.json"), config);
  return reference;
}

function formatCell(value: number | undefined, unit: "count" | "percent"): string {
  if (value === undefined) return "";
  return unit === "percent" ? (100 * value).toFixed(2) : String(value);
}

function parseCell(text: string, unit: "count" | "percent"): number | undefined {
  if (text === "") return undefined;
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new Error(`it holds ${JSON.stringify(text.slice(0, 40))}, which is no number`);
  return unit === "percent" ? value / 100 : value;
}

async function readIfThere(path: string): Promise<string> {
  const bytes = await readRegularFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return bytes?.toString("utf8") ?? "";
}

/** Renames a file to the first free `<path>.old-<number>`. */
async function moveAside(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const target = `${path}.old-${number}`;
    if (await exists(target)) continue;
    await rename(path, target);
    return target;
  }
}
