import { join } from "node:path";
import { pythonFloat, pythonNumber } from "../python-number.js";
import type { ReportPlaces } from "../report/write-report.js";
import { savePathFor } from "../store/checkpoint.js";
import type { RunConfig } from "./run-config.js";

/** Where everything a run leaves behind lies. The stems are the original's, so that results can be laid side by side. */
export interface ArtefactPaths {
  /** Poisoned model after that many epochs; batch level and sample level start from theirs. */
  model(epochs: number): string;
  optimizer(epochs: number): string;
  scheduler(epochs: number): string;
  /** What `--clean_training` leaves: trained without the poisons. */
  readonly cleanModel: string;
  readonly retrainedModel: string;
  /** Trained without as many samples drawn at random. */
  readonly retrainControl: string;
  /** Where a clean model trained for `--clean_model_path` is saved. */
  readonly cleanModelToWrite: string;
  readonly importantFeatures: string;
  /** One store with the arrays `sus_diff`, `clean_diff`, `sus_inds`, `clean_inds`. */
  readonly increments: string;
  readonly indexesToExclude: string;
  /** Every suspect with its score, for people. */
  readonly scoreTable: string;
  /** What scoring found, from which the report is made. */
  readonly findings: string;
  readonly report: ReportPlaces;
  readonly resultsDir: string;
  readonly resultsCsv: string;
  readonly configJson: string;
}

/** Pure: no file is looked at. Relative paths stay relative to the working directory. */
export function artefactPaths(config: RunConfig): ArtefactPaths {
  const { savedModelsPath, provPath, bs, epochs } = config;
  const eps = pythonNumber(config.eps);
  const prSus = pythonNumber(config.prSus);
  const poisoned = `${config.attack}_${config.dataset}_${eps}_${pythonFloat(config.prTgt)}`;
  const checkpoint = (stem: string) => join(savedModelsPath, `${stem}.safetensors`);
  const featureCut = `k_${pythonNumber(config.k1)}`;
  const capture = `${config.bsSl}_${config.epSl}_${config.epSlBase}`;
  const features = `important_features_single_${poisoned}_${prSus}_${config.bsBl}_${featureCut}`;
  const increments = `single_${poisoned}_${prSus}_${capture}_sample_level_idv_${featureCut}_aug_z_1`;
  const resultsDir = join(config.figurePath, config.exp ?? `${poisoned}_${prSus}`);
  return {
    model: (trained) => checkpoint(`model_${poisoned}_${trained}_${bs}`),
    optimizer: (trained) => checkpoint(`optimizer_${poisoned}_${trained}_${bs}`),
    scheduler: (trained) => checkpoint(`scheduler_${poisoned}_${trained}_${bs}`),
    cleanModel: checkpoint(`clean_model_${poisoned}_${epochs}`),
    retrainedModel: checkpoint(`retrained_model_${poisoned}_${prSus}_${epochs}`),
    retrainControl: checkpoint(`retrained_control_model_${poisoned}_${prSus}_${epochs}`),
    cleanModelToWrite: savePathFor(config.cleanModelPath),
    importantFeatures: join(provPath, `${features}.zarr`),
    increments: join(provPath, `${increments}.zarr`),
    indexesToExclude: join(provPath, `indexes_to_exclude_${poisoned}_${prSus}.npy`),
    scoreTable: join(provPath, `scores_${poisoned}_${prSus}.csv`),
    findings: join(resultsDir, "findings.json"),
    report: { page: join(resultsDir, "report.html"), folder: config.reportDir },
    resultsDir,
    resultsCsv: join(resultsDir, "results.csv"),
    configJson: join(resultsDir, "config.json"),
  };
}
