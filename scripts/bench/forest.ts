import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { areaUnderCurve } from "../../test/scoring/random-table.js";
import { type Benchmark, inTurns, rounded, seconds } from "./figure.js";
import { hasPython, startPeer } from "./peer.js";
import { noisyTable } from "./tables.js";

const rows = 16000;
const trainRows = 12800;
const cols = 6000;
const [trees, depth] = [200, 10];
/** As built: from source, starting each thread's TypeScript would be measured too. */
async function builtTrainForest(): Promise<typeof import("../../src/scoring/forest/forest.js").trainForest> {
  const built = new URL("../../dist/scoring/forest/forest.js", import.meta.url).href;
  return (await import(built)).trainForest;
}

/** A random forest on rows like those of a capture, against scikit-learn's on all cores. */
export const forest: Benchmark = async function* () {
  const trainForest = await builtTrainForest();
  const { table, labels } = noisyTable(rows, cols);
  const { data } = table;
  const rowSubset = Int32Array.from({ length: trainRows }, (_, row) => row);
  const heldOut = { rows: rows - trainRows, cols, data: data.subarray(trainRows * cols) };
  const heldOutLabels = labels.subarray(trainRows);
  const before = process.resourceUsage().maxRSS / 1024;
  let probabilities: ArrayLike<number> = [];
  const works = [
    () =>
      seconds(async () => {
        const options = { trees, maxDepth: depth, seed: 1, rowSubset };
        const trained = await trainForest(table, labels, options);
        probabilities = trained.predict(heldOut);
      }),
  ];
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-bench-"));
  const files = { matrix: join(folder, "matrix"), labels: join(folder, "labels") };
  await Promise.all([writeFile(files.matrix, data), writeFile(files.labels, labels)]);
  const peer = hasPython("sklearn")
    ? await startPeer("forest.py", { ...files, rows, cols, trainRows, trees, depth })
    : undefined;
  let theirAuc = 0;
  if (peer) {
    works.push(async () => {
      const { seconds, auc } = await peer.run();
      theirAuc = auc;
      return seconds;
    });
  }
  const [time, theirs] = await inTurns(1, works);
  peer?.close();
  await rm(folder, { recursive: true });

  const name = `forest, ${trainRows} of ${rows} x ${cols}, ${trees} trees, depth ${depth}`;
  const against = "scikit-learn, n_jobs=-1";
  const compared = peer && { ratio: rounded(theirs / time), against };
  yield { name, value: rounded(time), unit: "s", ...compared, goal: ">= 20" };
  const auc = areaUnderCurve(probabilities, heldOutLabels);
  const difference = peer && { ratio: rounded(auc / theirAuc), against };
  yield {
    name: `${name}, area under ROC`,
    value: rounded(auc),
    unit: "",
    ...difference,
    goal: "within 0.01",
  };
  const matrix = (rows * cols) / 2 ** 20;
  yield {
    name: `${name}, memory beside the float32 table`,
    value: rounded(process.resourceUsage().maxRSS / 1024 - before),
    unit: "MiB",
    goal: `<= ${rounded(1.3 * matrix + 200)}`,
  };
};
