import { scoreSamples } from "../../src/scoring/poison-score.js";
import { type Benchmark, rounded, seconds } from "./figure.js";
import { noisyTable } from "./tables.js";

const largest = { rows: 8000, cols: 6000 };
/** Rows of one sample: its epochs. */
const epochs = 10;

/** How the time of the scoring stage (random forest, both passes of 5 folds) grows with rows and with features. */
export const scoring: Benchmark = async function* () {
  for (const rows of [1000, 2000, 4000, 8000]) {
    yield { ...(await scoringOf({ ...largest, rows })), curve: "rows", at: rows };
  }
  for (const cols of [750, 1500, 3000, 6000]) {
    yield { ...(await scoringOf({ ...largest, cols })), curve: "features", at: cols };
  }
};

async function scoringOf({ rows, cols }: typeof largest) {
  const { table, labels } = noisyTable(rows, cols);
  const time = await seconds(async () => {
    const input = {
      ...split(table.data, labels, cols),
      suspectIds: sampleIds(labels, 1),
      cleanIds: sampleIds(labels, 0).map((id) => id + rows),
    };
    await scoreSamples(input, { cvModel: "RandomForest", groups: 5, k2: 0.0001, seed: 1 });
  });
  return { name: `scoring, ${rows} rows x ${cols} features`, value: rounded(time), unit: "s" };
}

function split(data: Float32Array, labels: Uint8Array, cols: number) {
  const rowsOf = (label: number) => {
    const chosen = Array.from(labels.keys()).filter((row) => labels[row] === label);
    const part = new Float32Array(chosen.length * cols);
    for (const [k, row] of chosen.entries()) part.set(data.subarray(row * cols, (row + 1) * cols), k * cols);
    return { rows: chosen.length, cols, data: part };
  };
  return { suspectRows: rowsOf(1), cleanRows: rowsOf(0) };
}

const sampleIds = (labels: Uint8Array, label: number): Int32Array =>
  Int32Array.from({ length: labels.filter((l) => l === label).length }, (_, k) => Math.floor(k / epochs));
