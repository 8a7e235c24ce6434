import { datasets } from "../datasets/registry.js";
import type { Plan } from "../experiment/plan.js";
import type { RunConfig } from "../experiment/run-config.js";
import type { StageName } from "../experiment/stage-names.js";
import { engineSpeeds, provenanceBytes, provenanceRows } from "../experiment/work-estimate.js";
import { formatBytes, formatCount, formatDuration, formatFlops } from "../format.js";

/** A plan as lines for people. */
export function describePlan(config: RunConfig, plan: Plan): string[] {
  const { cleanModel } = plan;
  const flops = plan.stages.reduce((sum, stage) => sum + stage.flops, cleanModel.flops + plan.attackFlops);
  const cleanModelState = cleanModel.onDisk
    ? "on disk"
    : cleanModel.isNeeded
      ? `missing: trained first, ${formatFlops(cleanModel.flops)}`
      : "missing, and not needed";
  return [
    ...describeData(config, plan),
    `clean model: ${cleanModel.path} (${cleanModelState})`,
    "",
    ...plan.stages.flatMap((stage) => [
      ...describeStage(stage),
      ...describeRows(config, plan, stage.stage),
      "",
    ]),
    `results: ${plan.resultsDir}`,
    `in all ${formatFlops(flops)}, roughly ${describeTime(config, flops)}`,
    "Only a plan: nothing was run or written.",
  ];
}

function describeData(config: RunConfig, { counts, dataset, attackFlops }: Plan): string[] {
  const pool = config.sampleFromTest ? "test" : "training";
  return [
    `${config.attack} on ${config.dataset}, ${config.model}, ${config.scenario}`,
    ...describeImages(config, counts, dataset),
    `poisons: ${formatCount(counts.poisons)} of ${formatCount(counts.targetClass)} images of class ${config.targetClass}, ` +
      `at most ${formatFlops(attackFlops)} to craft`,
    counts.cleanPool < 0
      ? `suspects: ${formatCount(counts.suspects)} would be needed, more than the class has: raise --pr_sus or lower --pr_tgt`
      : `suspects: ${formatCount(counts.suspects)}; ${formatCount(counts.cleanPool)} ${pool} images of the class left for the clean groups`,
  ];
}

function describeImages(
  config: RunConfig,
  { train, test }: Plan["counts"],
  source: Plan["dataset"],
): string[] {
  const isEstimate =
    source.state === "on disk" && source.found.isEstimate && config.limitPerClass === undefined;
  const about = isEstimate ? "about " : "";
  const images = `${about}${formatCount(train)} training images, ${about}${formatCount(test)} test images`;
  switch (source.state) {
    case "made on the spot":
      return [`data: ${images} (made on the spot)`];
    case "missing":
      return [`data: ${images} (${source.path}, missing: downloaded first)`];
    case "unusable":
      return [`data: ${images} when complete`, `      UNUSABLE as it is: ${source.problem}`];
    case "on disk": {
      const { classes, perClass } = datasets[config.dataset];
      const whole = { train: classes * perClass.train, test: classes * perClass.test };
      const isWhole = source.found.train >= whole.train && source.found.test >= whole.test;
      const lack = `; whole, it has ${formatCount(whole.train)} and ${formatCount(whole.test)}`;
      return [`data: ${images} (${source.found.path}, on disk${isWhole ? "" : lack})`];
    }
  }
}

function describeStage({ stage, reads, writes, flops }: Plan["stages"][number]): string[] {
  const states = {
    "on disk": "on disk",
    "written above": "written by a stage above",
    made: "missing: trained first",
    missing: "MISSING",
  } as const;
  const readLines = reads.map(({ path, state, madeBy }) => {
    const advice = state === "missing" ? `: run --${madeBy} first` : "";
    return `  reads   ${path} (${states[state]}${advice})`;
  });
  const work = flops > 0 ? [`  work    ${formatFlops(flops)}`] : [];
  return [stage, ...readLines, ...writes.map((path) => `  writes  ${path}`), ...work];
}

/** The provenance is what can outgrow a machine. */
function describeRows(config: RunConfig, { counts, features }: Plan, stage: StageName): string[] {
  if (stage !== "sample_level" && stage !== "score_samples") return [];
  const rows = provenanceRows(config, counts);
  const { disk, memory } = provenanceBytes(rows, features.count);
  const bound = features.known ? "" : "at most ";
  const size = stage === "sample_level" ? `${formatBytes(disk)} on disk` : `${formatBytes(memory)} of memory`;
  return [
    `  rows    ${formatCount(rows)} x ${bound}${formatCount(features.count)} features: ${bound}${size}`,
  ];
}

/** How long so much takes on a usual machine. */
export function describeTime(config: Pick<RunConfig, "engine">, flops: number): string {
  const native = `${formatDuration(flops / engineSpeeds.tensorflow)} with the tensorflow engine`;
  const wasm = `${formatDuration(flops / engineSpeeds.wasm)} with wasm`;
  if (config.engine === "tensorflow") return `${native} on two cores`;
  if (config.engine === "wasm") return `${wasm} on two cores`;
  return `${native} and ${wasm} on two cores`;
}
