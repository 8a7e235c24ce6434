import type { Dataset } from "../datasets/image-set.js";
import type { Detection } from "../detection/detect.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { csvLine, plainText } from "../store/csv.js";
import type { Truth } from "./experiment.js";

/** First columns of the table; the cuts' names and `poison` stand between the score and `excluded`. */
export const scoreColumns = { index: "index", excluded: "excluded" } as const;

interface ScoreTable {
  readonly detection: Detection;
  /** int32, the samples that the chosen cut excludes */
  readonly excluded: Int32Array;
  readonly dataset: Pick<Dataset, "train" | "classNames">;
  readonly truth: Pick<Truth, "allPoisonIds">;
}

/**
 * Writes a line a suspect, highest score first: index in the training set, where the image came from, class, score, 1 for each
 * cut that flags it, whether it is a poison, and whether it is excluded. The last column may be edited and given back
 * with --exclude_list.
 */
export async function writeScoreTable(
  path: string,
  { detection, excluded, dataset, truth }: ScoreTable,
): Promise<void> {
  const { scores, thresholds } = detection;
  const { train, classNames } = dataset;
  const [out, poisons] = [new Set(excluded), new Set(truth.allPoisonIds)];
  const mark = (isSo: boolean): string => (isSo ? "1" : "0");
  const cuts = thresholds.map(({ name }) => name);
  const header = [scoreColumns.index, "image", "label", "class", "score", ...cuts, "poison"];
  const ranked = [...scores.sampleIds.keys()].sort((a, b) => scores.scores[b] - scores.scores[a] || a - b);
  const lines = ranked.map((row) => {
    const id = scores.sampleIds[row];
    const label = train.labels[id];
    return csvLine([
      String(id),
      plainText(train.sourceOf?.(id) ?? `training image ${id}`),
      String(label),
      plainText(classNames[label]),
      scores.scores[row].toFixed(6),
      ...thresholds.map(({ value }) => mark(scores.scores[row] > value)),
      mark(poisons.has(id)),
      mark(out.has(id)),
    ]);
  });
  await writeFileAtomic(path, [csvLine([...header, scoreColumns.excluded]), ...lines, ""].join("\n"));
}
