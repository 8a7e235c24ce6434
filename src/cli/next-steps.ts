import { type StageName, stageNames } from "../config/names.js";
import { flagRecord } from "../experiment/comparison.js";
import type { RunConfig } from "../experiment/run-config.js";
import type { Artefact, Status } from "./status.js";

/** What a stage would do. */
interface Step {
  readonly text: string;
  /** It would refuse to run, and later stages would not come to their turn. */
  readonly stops?: true;
}

/** What the stages asked for would do, in their order, up to the first that refuses. */
export function nextSteps(config: RunConfig, status: Status): { stage: StageName; text: string }[] {
  const flags = flagRecord(config);
  const made = new Set<string>();
  const steps: { stage: StageName; text: string }[] = [];
  for (const stage of stageNames.filter((name) => flags[name] === true)) {
    const { text, stops } = stepOf[stage](config, status, made);
    steps.push({ stage, text });
    if (stops) break;
  }
  return steps;
}

/** @param made paths of what earlier steps make; added to */
type StepOf = (config: RunConfig, status: Status, made: Set<string>) => Step;

const stepOf: Readonly<Record<StageName, StepOf>> = {
  clean_training: (config, { clean }, made) => train(config, clean, made),
  poisoned_training: (config, { models }, made) => train(config, models.get(config.epochs)?.model, made),
  batch_level: (config, status, made) =>
    capture(config, config.epBl, config.epBlBase, status.features, status, made),
  sample_level: (config, status, made) =>
    missing(status.features, "batch_level", made) ??
    capture(config, config.epSl, config.epSlBase, status.increments, status, made),
  score_samples(_, { increments, excluded }, made) {
    const needed = missing(increments, "sample_level", made);
    if (needed) return needed;
    made.add(excluded.path);
    return { text: excluded.kind === "missing" ? "score the suspects" : "score the suspects again" };
  },
  retrain: (config, { excluded, retrained }, made) =>
    missing(excluded, "score_samples", made) ?? train(config, retrained, made),
};

function train(config: RunConfig, model: Artefact | undefined, made: Set<string>): Step {
  if (!model) throw new Error("The status lacks a model.");
  if (config.getResult) {
    return model.kind === "done"
      ? { text: `report the result of ${model.path}` }
      : refuse(`there is no ${model.path}`);
  }
  return make(config, model, `train for ${config.epochs} epochs`, made);
}

function capture(
  config: RunConfig,
  epochs: number,
  baseEpochs: number,
  artefact: Artefact,
  { models }: Status,
  made: Set<string>,
): Step {
  const own = make(config, artefact, `capture ${epochs} epochs`, made);
  const base = models.get(baseEpochs);
  if (own.stops || !base || (artefact.kind === "done" && !config.force)) return own;
  const isMade = made.has(base.model.path);
  if (base.model.kind === "done" && base.optimizer.kind !== "done" && !isMade && !config.force) {
    return refuse(
      `${base.optimizer.path}: ${base.optimizer.kind}; --poisoned_training --force trains both again`,
    );
  }
  if (isMade || (base.model.kind === "done" && !config.force)) return own;
  const first = make(config, base.model, `train the model for ${baseEpochs} epochs`, made);
  return first.stops ? first : { text: `${first.text}, then ${own.text}` };
}

/** @param work what is to be done when nothing is there yet */
function make({ force }: RunConfig, artefact: Artefact, work: string, made: Set<string>): Step {
  const { kind, path, position, reasons, writer } = artefact;
  if (made.has(path) || (kind === "done" && !force)) return { text: `nothing: ${path} is there` };
  made.add(path);
  if (writer !== undefined) return refuse(`${path}: ${writer}`);
  if (force) return { text: kind === "missing" ? work : `${work}, anew (--force)` };
  if (kind === "half done") return { text: `go on from ${position}` };
  if (kind === "missing") return { text: work };
  return refuse(`${path}: ${describeTrouble(kind, reasons)} (--force makes it anew)`);
}

/** Why a stage cannot run without an earlier one; undefined when it can. */
function missing({ kind, path, reasons }: Artefact, stage: StageName, made: Set<string>): Step | undefined {
  if (kind === "done" || made.has(path)) return undefined;
  if (kind === "other flags" || kind === "damaged")
    return refuse(`${path}: ${describeTrouble(kind, reasons)}`);
  return refuse(`there is no ${path}; --${stage} comes first`);
}

const refuse = (why: string): Step => ({ text: `stop: ${why}`, stops: true });

const describeTrouble = (kind: Artefact["kind"], reasons: readonly string[]): string =>
  kind === "damaged" ? "damaged" : `made with other flags: ${reasons.join(", ")}`;
