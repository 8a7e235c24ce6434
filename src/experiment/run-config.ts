import type { AttackName } from "../attacks/registry.js";
import type { DatasetName } from "../datasets/registry.js";
import type { engineChoices, Precision } from "../engine/engine.js";
import type { ModelName } from "../models/registry.js";
import type { ClassifierName } from "../scoring/registry.js";
import type { badImageChoices, optimizerNames, scenarioNames, thresholdTypes } from "./flags/choices.js";
import type { RawFlags } from "./flags/flags.js";
import { parseFlags } from "./flags/parse-flags.js";

/** One run, as its flags describe it: checked, complete, and never changed. A field is its flag in camelCase. */
export interface RunConfig {
  readonly cleanTraining: boolean;
  readonly poisonedTraining: boolean;
  readonly batchLevel: boolean;
  readonly sampleLevel: boolean;
  readonly scoreSamples: boolean;
  readonly retrain: boolean;
  readonly retrainControl: boolean;
  /** Report saved models, train none. */
  readonly getResult: boolean;
  /** Train the base model even when a saved one exists. */
  readonly force: boolean;
  readonly plan: boolean;

  readonly dataset: DatasetName;
  readonly datasetDir: string;
  /** Training images of each class to use, at least 1; a fifth as many test images, rounded up. */
  readonly limitPerClass: number | undefined;
  /** What to do about an image file that cannot be used. */
  readonly onBadImage: (typeof badImageChoices)[number];

  readonly attack: AttackName;
  /** Share of the target class that is poisoned, in (0, 1]. */
  readonly prTgt: number;
  /** Bound of the perturbation, in /255 units: [0, 255]. */
  readonly eps: number;
  /** Brightness of the trigger of lc and badnets, 0..255. */
  readonly vis: number;
  readonly targetClass: number;
  readonly sourceClass: number;
  readonly random: boolean;
  readonly cleanModelPath: string;
  readonly attackOpts: Readonly<Record<string, string | number>>;

  readonly model: ModelName;
  readonly scenario: (typeof scenarioNames)[number];
  readonly epochs: number;
  readonly bs: number;
  readonly opt: (typeof optimizerNames)[number];
  readonly lr: number;
  /** False: batch norm uses its running statistics and dropout is off, during training as well. */
  readonly trainingMode: boolean;
  readonly globalSeed: number;

  /** Percent of poisons in the suspect set, in (0, 100]. */
  readonly prSus: number;
  readonly epBl: number;
  /** Epochs of the model that batch level starts from; 0: its initial weights. */
  readonly epBlBase: number;
  readonly bsBl: number;
  readonly epSl: number;
  readonly epSlBase: number;
  readonly bsSl: number;
  readonly sampleFromTest: boolean;
  readonly k1: number;
  readonly maxFeatures: number;

  readonly cvModel: ClassifierName;
  readonly groups: number;
  readonly k2: number;
  readonly thresholdType: (typeof thresholdTypes)[number];
  /** The custom threshold, a score in [0, 1]. */
  readonly threshold: number;

  /** A file that names the samples to retrain without, in place of what scoring excluded. */
  readonly excludeList: string | undefined;

  /** Seconds between two savings of unfinished work. */
  readonly checkpointSeconds: number;
  /** Name of the results folder; derived from the attack's flags when absent. */
  readonly exp: string | undefined;
  readonly figurePath: string;
  readonly provPath: string;
  readonly savedModelsPath: string;
  /** Where the report is written once more as separate files. */
  readonly reportDir: string | undefined;
  readonly logFile: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly engine: (typeof engineChoices)[number];
  readonly precision: Precision;
  readonly gpuId: number;
}

/**
 * The run that flags describe. Pure: looks at no file.
 * @param raw flags as typed; an absent one has its default
 * @throws UserError naming every problem at once
 */
export function parseRunConfig(raw: RawFlags): RunConfig {
  const flags = parseFlags(raw);
  return Object.freeze({
    cleanTraining: flags.clean_training,
    poisonedTraining: flags.poisoned_training,
    batchLevel: flags.batch_level,
    sampleLevel: flags.sample_level,
    scoreSamples: flags.score_samples,
    retrain: flags.retrain,
    retrainControl: flags.retrain_control,
    getResult: flags.get_result,
    force: flags.force,
    plan: flags.plan,
    dataset: flags.dataset,
    datasetDir: flags.dataset_dir,
    limitPerClass: flags.limit_per_class,
    onBadImage: flags.on_bad_image,
    attack: flags.attack,
    prTgt: flags.pr_tgt,
    eps: flags.eps,
    vis: flags.vis,
    targetClass: flags.target_class,
    sourceClass: flags.source_class,
    random: flags.random,
    cleanModelPath: flags.clean_model_path,
    attackOpts: Object.freeze(flags.attack_opt),
    model: flags.model,
    scenario: flags.scenario,
    epochs: flags.epochs,
    bs: flags.bs,
    opt: flags.opt,
    lr: flags.lr,
    // As in the original, giving the flag turns training mode off.
    trainingMode: !flags.training_mode,
    globalSeed: flags.global_seed,
    prSus: flags.pr_sus,
    epBl: flags.ep_bl,
    epBlBase: flags.ep_bl_base,
    bsBl: flags.bs_bl,
    epSl: flags.ep_sl,
    epSlBase: flags.ep_sl_base,
    bsSl: flags.bs_sl,
    sampleFromTest: flags.sample_from_test,
    k1: flags.k_1,
    maxFeatures: flags.max_features,
    cvModel: flags.cv_model,
    groups: flags.groups,
    k2: flags.k_2,
    thresholdType: flags.threshold_type,
    threshold: flags.threshold,
    excludeList: flags.exclude_list,
    checkpointSeconds: flags.checkpoint_seconds,
    exp: flags.exp,
    figurePath: flags.figure_path,
    provPath: flags.prov_path,
    savedModelsPath: flags.saved_models_path,
    reportDir: flags.report_dir,
    logFile: flags.log_file,
    quiet: flags.quiet,
    verbose: flags.verbose,
    engine: flags.engine,
    precision: flags.precision,
    gpuId: flags.gpu_id,
  });
}
