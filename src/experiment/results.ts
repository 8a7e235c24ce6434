import { rename } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { type JsonValue, writeFileAtomic, writeJsonAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { readRegularFile } from "../files/regular-file.js";
import { sha256OfJson } from "../files/sha256.js";
import { type Share, shareOf } from "../statistics/share.js";
import { csvLine, parseCsv } from "../store/csv.js";

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
  /** Of a model that never saw a poison: what the trigger does by itself. */
  readonly cleanTrainingAsr?: number;
  /** Of a model trained without as many samples drawn at random from the same classes. */
  readonly retrainControlAccuracy?: number;
  readonly retrainControlAsr?: number;
  /** What accuracies are shares of. */
  readonly testImages?: number;
  /** What attack success rates are shares of: the triggered test images of all parts of the attack. */
  readonly triggeredTestImages?: number;
  /** What true positive rates are shares of: the poisons among the suspects. */
  readonly poisons?: number;
  /** What false positive rates are shares of. */
  readonly cleanSuspects?: number;
}

/** One line of results.csv. */
export interface ResultRow extends StageResult {
  readonly runId: string;
  readonly stage: string;
  /** The file with every flag's value, relative to results.csv; see `writeConfig`. */
  readonly config: string;
}

/** The column of a measure; a rate is one of so many. */
interface Column {
  readonly title: string;
  readonly of?: "testImages" | "triggeredTestImages" | "poisons" | "cleanSuspects";
}

/** In the order of the file: the original's columns, rates of ours, then what rates are shares of. */
const columns = {
  epochs: { title: "epochs" },
  cleanTrainingAccuracy: { title: "Clean training ACC", of: "testImages" },
  poisonedTrainingAccuracy: { title: "Poisoned training ACC", of: "testImages" },
  poisonedTrainingAsr: { title: "Poisoned training ASR", of: "triggeredTestImages" },
  numFeatures: { title: "Batch-level |features|" },
  truePositiveRateKmeans: { title: "TPR KMeans", of: "poisons" },
  falsePositiveRateKmeans: { title: "FPR KMeans", of: "cleanSuspects" },
  truePositiveRateGaussian: { title: "TPR Gaussian", of: "poisons" },
  falsePositiveRateGaussian: { title: "FPR Gaussian", of: "cleanSuspects" },
  retrainAccuracy: { title: "Retrain ACC", of: "testImages" },
  retrainAsr: { title: "Retrain ASR", of: "triggeredTestImages" },
  cleanTrainingAsr: { title: "Clean training ASR", of: "triggeredTestImages" },
  retrainControlAccuracy: { title: "Retrain control ACC", of: "testImages" },
  retrainControlAsr: { title: "Retrain control ASR", of: "triggeredTestImages" },
  testImages: { title: "test images" },
  triggeredTestImages: { title: "triggered test images" },
  poisons: { title: "poisons among suspects" },
  cleanSuspects: { title: "clean suspects" },
} as const satisfies Record<keyof StageResult, Column>;
/** A measure that is a share of something counted. */
export type RateName = {
  [K in keyof typeof columns]: (typeof columns)[K] extends { of: string } ? K : never;
}[keyof typeof columns];

/** A rate as a count out of so many; undefined where it, or what it is a share of, was not measured. */
export function shareOfRate(result: StageResult, rate: RateName): Share | undefined {
  const [fraction, of] = [result[rate], result[columns[rate].of]];
  return fraction === undefined || of === undefined ? undefined : shareOf(fraction, of);
}
const measures = Object.entries(columns) as [keyof StageResult, Column][];
const rowTitles = ["run_id", "stage", "config"] as const;
const titles: readonly string[] = [...measures.map(([, { title }]) => title), ...rowTitles];
const fileName = "results.csv";

/**
 * Adds one row to `results.csv`; rates are written in percent, with two decimals or as many as tell one image. A file of an earlier
 * version gets the columns it lacks.
 * @param folder `results/{exp}`
 * @returns movedAside: where a results.csv with other columns was put, if there was one
 */
export async function appendResult(folder: string, row: ResultRow): Promise<{ movedAside?: string }> {
  const path = join(folder, fileName);
  const old = await readIfThere(path);
  const kept = rowsIfOurs(old);
  const movedAside = old !== "" && !kept ? await moveAside(path) : undefined;
  const cells = measures.map(([key, { of }]) => (of ? formatRate(row[key], row[of]) : formatCount(row[key])));
  const rows = [titles, ...(kept ?? []), [...cells, row.runId, row.stage, row.config]];
  await writeFileAtomic(path, `${rows.map(csvLine).join("\n")}\n`);
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

/** The newest value of each measure. @param rows oldest first */
export const newestOf = (rows: readonly StageResult[]): StageResult =>
  Object.assign(
    {},
    ...rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))),
  );

function parseResults(text: string): ResultRow[] {
  if (text === "") return [];
  const rows = keptRows(text);
  if (!rows) throw new Error("it does not have the expected columns");
  return rows.map((cells) => {
    const measured = measures.map(([key, { of }], i) => [key, parseCell(cells[i], of !== undefined)]);
    const [runId, stage, config] = cells.slice(measures.length);
    return { ...Object.fromEntries(measured), runId, stage, config };
  });
}

function rowsIfOurs(text: string): string[][] | undefined {
  try {
    return keptRows(text);
  } catch {
    return undefined;
  }
}

/**
 * The rows of a file of ours, this version's or an earlier one's, which may lack some columns.
 * @returns cells in the order of `titles`, empty where the file has no such column; undefined when it is none of ours
 */
function keptRows(text: string): string[][] | undefined {
  const [header, ...rows] = parseCsv(text);
  if (header === undefined || rows.some((row) => row.length !== header.length)) return undefined;
  const inOrder = titles.filter((title) => header.includes(title));
  const isOurs = rowTitles.every((title) => header.includes(title)) && csvLine(inOrder) === csvLine(header);
  return isOurs
    ? rows.map((row) => titles.map((title) => (header.includes(title) ? row[header.indexOf(title)] : "")))
    : undefined;
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

const formatCount = (value: number | undefined): string => (value === undefined ? "" : String(value));

function formatRate(value: number | undefined, of = 1): string {
  if (value === undefined) return "";
  return (100 * value).toFixed(Math.max(2, Math.ceil(Math.log10(of)) - 2));
}

function parseCell(text: string, isRate: boolean): number | undefined {
  if (text === "") return undefined;
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new Error(`it holds ${JSON.stringify(text.slice(0, 40))}, which is no number`);
  return isRate ? value / 100 : value;
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
