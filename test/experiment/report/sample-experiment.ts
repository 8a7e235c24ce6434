import { memoryPixels, paintedPixels } from "../../../src/datasets/pixels.js";
import type { Detection } from "../../../src/detection/detect.js";
import { artefactPaths } from "../../../src/experiment/artefact-names.js";
import { artefactsOf } from "../../../src/experiment/artefacts.js";
import type { CalibratedVerdict } from "../../../src/experiment/calibrated-verdict.js";
import { findingsOf } from "../../../src/experiment/report/findings-of.js";
import { parseRunConfig } from "../../../src/experiment/run-config.js";
import { createRng } from "../../../src/random/rng.js";

const side = 16;
const [numPoisons, numClean, numReference] = [30, 30, 40];
const epochs = [3, 4, 5];
const cols = 6;

/**
 * An experiment whose images and increments are made up: of suspects 0 to 59 the even ones are poisons, 60 to 99 are clean-1, in
 * every second epoch alone. Poisons have a brighter corner, and increments of their own but for the two that are missed.
 */
export function sampleExperiment(names: (row: number) => string = (row) => `image-${row}.png`) {
  const rng = createRng("sample experiment");
  const count = numPoisons + numClean + numReference;
  const images = Uint8Array.from({ length: count * side * side * 3 }, () => 60 + 80 * rng.uniform());
  const pixels = memoryPixels(images, { height: side, width: side, channels: 3 });
  const isPoison = (id: number) => id % 2 === 0 && id < numPoisons + numClean;
  const poisoned = paintedPixels(pixels, (image, row) => {
    if (isPoison(row)) for (let i = 0; i < 12; i++) image[i] += 40;
  });
  const isMissed = (id: number) => id === 10 || id === 20;
  const ids = Array.from({ length: count }, (_, id) => id);
  const rowsOf = (own: readonly number[], every: number) => {
    const rows = own.flatMap((id) =>
      epochs.filter((_, e) => (e + id) % every === 0).map((epoch) => ({ id, epoch })),
    );
    const data = rows.flatMap(({ id }) =>
      Array.from({ length: cols }, () => rng.uniform() + (isPoison(id) && !isMissed(id) ? 2 : 0)),
    );
    return {
      ids: Int32Array.from(rows, ({ id }) => id),
      epochs: Int32Array.from(rows, ({ epoch }) => epoch),
      matrix: { rows: rows.length, cols, data: Float32Array.from(data) },
    };
  };
  const suspects = rowsOf(ids.slice(0, numPoisons + numClean), 1);
  const clean = rowsOf(ids.slice(numPoisons + numClean), 2);
  const rows = {
    suspectRows: suspects.matrix,
    suspectIds: suspects.ids,
    suspectEpochs: suspects.epochs,
    cleanRows: clean.matrix,
    cleanIds: clean.ids,
    cleanEpochs: clean.epochs,
  };
  const scoreOf = (id: number) => (isPoison(id) && !isMissed(id) ? 0.8 : 0.3) + id / 1000;
  const sampleIds = Int32Array.from(ids.slice(0, numPoisons + numClean));
  const cleanIds = Int32Array.from(ids.slice(numPoisons + numClean));
  const detection: Detection = {
    scores: {
      sampleIds,
      scores: Float64Array.from(sampleIds, scoreOf),
      cleanIds,
      cleanScores: Float64Array.from(cleanIds, scoreOf),
      rowScores: Float64Array.from([...rows.suspectIds, ...rows.cleanIds], scoreOf),
      importances: new Float64Array(cols),
      keptFeatures: Int32Array.of(0, 2, 4),
    },
    // One clean suspect of high number is above the other cut.
    thresholds: [
      { name: "KMeans", value: 0.6 },
      { name: "Gaussian", value: 0.358 },
    ],
  };
  const scores = Float64Array.from(sampleIds, () => rng.uniform());
  const calibrated: CalibratedVerdict = {
    score: "increments",
    sampleIds,
    p: 0.001,
    atLeast: 9,
    wouldNotice: 20,
    scores,
    pValues: scores.map((score) => 1 - score),
    eValues: scores,
    flagged: Uint8Array.from(sampleIds, (id) => (id < 12 ? 1 : 0)),
    flaggedIn: scores,
    bound: Int32Array.from({ length: sampleIds.length + 1 }, (_, k) => Math.min(k, 9)),
    reference: { rows: cleanIds, scores: Float64Array.from(cleanIds, () => rng.uniform() / 2) },
  };
  const config = parseRunConfig({
    attack: "lc",
    dataset: "synthetic",
    model: "ResNet8",
    target_class: "2",
    score_samples: true,
  });
  const labels = new Int32Array(count).fill(2);
  const train = { pixels, labels, sourceOf: names };
  const poisonIds = Int32Array.from(ids.filter(isPoison));
  return {
    experiment: {
      config,
      paths: artefactPaths(config),
      artefacts: artefactsOf(config),
      engine: "made up",
      contents: { digests: { dataset: "0".repeat(64) }, via: {} },
      dataset: {
        name: "synthetic",
        classNames: ["rows", "spots", "columns"],
        train,
        test: train,
        normalization: { mean: [0], std: [1] },
        fingerprint: "0".repeat(64),
      },
      subject: {
        images: { ...train, pixels: poisoned },
        trainIds: Int32Array.from(ids),
        normalization: { mean: [0], std: [1] },
        augmentation: "crop-flip" as const,
      },
      truth: { poisonIds: { lc: poisonIds }, allPoisonIds: poisonIds, triggeredTests: {} },
    },
    findings: findingsOf(rows, detection, detection.thresholds[0], calibrated),
  };
}
